/** Native sockets where a loopback does not do: on interfaces in a network of our own. */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CABLE, lacksNetworks } from "../../helpers/net/cable.ts";
import { importMapArgs, run } from "../../helpers/process/cli.ts";

const PROGRAM = fromFileUrl(new URL("../../helpers/net/native_program.ts", import.meta.url));

/** Runs lines of shell between which `$@` is the program. */
async function onCable(lines: string): Promise<unknown[]> {
  const program = [Deno.execPath(), "run", ...importMapArgs(), "--allow-ffi", PROGRAM];
  const args = ["--net", "sh", "-c", CABLE + lines, "sh", ...program];
  const { code, stdout, stderr } = await run("unshare", { args });
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("a native socket keeps the interface of a link-local address", async () => {
  const [shown] = await onCable('"$@" linkLocal fe80::77 near0');
  assertEquals(shown, {
    asker: "fe80::77%near0",
    answerer: "fe80::77%near0",
    bound: "fe80::77%near0",
  });
});

for (const blksize of [1468, 1469, 8192]) {
  test(`blocks of ${blksize} bytes arrive where fragments begin at 1469`, async () => {
    const results = await onCable(`
      inside "$@" collect 4711 ${blksize} &
      collecting=$!
      "$@" segments 198.51.100.2 4711 ${blksize}
      wait $collecting
    `);
    assertEquals(results.toSorted(), [42, { unsent: [] }]);
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: lacksNetworks, fn });
}
