/**
 * An origin behind native sockets: their loop keeps its thread to itself while there is traffic,
 * and lets the rest of the program have its turn often enough for an HTTP client.
 */

import { assert, assertEquals } from "@std/assert";
import { allowedPlaces } from "../../../src/net/native/libc_paths.ts";
import { cliArgs, startProgram } from "../../helpers/process/cli.ts";
import { Gateway } from "../../helpers/net/gateway.ts";
import { LACKS_NATIVE } from "../../helpers/net/native.ts";
import { lacks, Nginx } from "../../helpers/net/nginx.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const LARGE = { blksize: 8192 };

/** Fetches again and again until it is told to stop; answers how many times. */
async function keepBusy(gateway: Gateway, busy: { on: boolean }): Promise<number> {
  let times = 0;
  for (; busy.on; times++) await gateway.fetch("near", LARGE);
  return times;
}

Deno.test({
  name: "an origin is fetched from while native sockets have traffic without a pause",
  ignore: LACKS_NATIVE || lacks("nginx"),
  fn: async () => {
    await using nginx = await Nginx.start(() => "");
    const content = pattern(4_000_000);
    nginx.write("far", content);
    using folder = new TempFolder();
    folder.write("near", pattern(200_000));
    using cache = new TempFolder();
    for (const kept of [[], ["--cache", cache.path]]) {
      const words = ["serve", "-p", "0", "-a", "127.0.0.1", "--io", "native"];
      const permissions = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write"];
      const server = await startProgram(Deno.execPath(), {
        args: cliArgs(
          [...words, ...kept, "--origin", nginx.url, folder.path],
          [...permissions, `--allow-ffi=${allowedPlaces()[0]}`],
        ),
      });
      await using gateway = new Gateway(server);
      const busy = { on: true };
      const others = Array.from({ length: 4 }, () => keepBusy(gateway, busy));
      try {
        assertEquals(await gateway.fetch("far", LARGE), content);
      } finally {
        busy.on = false;
      }
      const times = await Promise.all(others);
      assert(times.every((count) => count > 0), `${times}`);
    }
  },
});
