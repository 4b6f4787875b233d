/** What somebody who can write into the served folder can do to those who fetch from it. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { startServer } from "../../helpers/process/cli.ts";
import { describe, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { within } from "../../helpers/sim/within.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const RIVAL = fromFileUrl(new URL("../../helpers/files/rival_renames.ts", import.meta.url));

/** More than enough: a server that waits for a FIFO has stood still after a few hundred. */
const REQUESTS = 3000;

/** Of one address, since one that is refused again and again hears of it ever more rarely. */
const REQUESTS_OF_ONE = 500;

/** Deno 2.4 can open no file without waiting, see ARCHITECTURE.md. */
const CAN_WAIT = Deno.version.deno.startsWith("2.4.") || Deno.build.os === "windows";

/** A folder in which a FIFO comes and goes under the name `name`. */
class ContestedFolder extends TempFolder {
  readonly #rival: Deno.ChildProcess;

  constructor() {
    super();
    this.write("the-file", "content");
    this.write("name", "content");
    this.write("quiet", "content");
    const { success } = new Deno.Command("mkfifo", { args: [this.at("the-fifo")] }).outputSync();
    assert(success, "mkfifo failed");
    this.#rival = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", "--allow-write", RIVAL, this.path, "name"],
    }).spawn();
  }

  async end(): Promise<void> {
    this.#rival.kill("SIGKILL");
    await this.#rival.status;
    this[Symbol.dispose]();
  }
}

for (const direction of ["get", "put"] as const) {
  Deno.test({
    name: `tftp serve never waits for a FIFO that is swapped in, ${direction}`,
    ignore: CAN_WAIT,
    async fn() {
      const folder = new ContestedFolder();
      const server = await startServer(["--uploads", "overwrite", "--log", "error", folder.path]);
      const answers = new Set<string>();
      try {
        const request = direction === "get" ? rrq("name") : wrq("name");
        const to = { hostname: "127.0.0.1", port: server.port };
        for (let count = 0; count < REQUESTS; count += REQUESTS_OF_ONE) {
          await using client = new RawClient(`127.0.5.${1 + count / REQUESTS_OF_ONE}`);
          for (let one = 0; one < REQUESTS_OF_ONE; one++) {
            await client.send(request, to);
            const heard = await client.next();
            answers.add(describe(heard));
            if (heard.from.port !== to.port) await client.send(error(0, "enough"), heard.from);
          }
        }
        await using client = new RawClient();
        await client.ask(rrq("quiet"), server.port, "DATA 1 (7 bytes)");
      } finally {
        // One that stands still hears no SIGTERM.
        const ended = within(server.stop(), "the end of the server");
        const { code } = await ended.catch(() => server.stop("SIGKILL"));
        await folder.end();
        assertEquals(code, 0);
      }
      const served = direction === "get" ? "DATA 1 (7 bytes)" : "ACK 0";
      // Both were met, and the race was run.
      assertEquals([...answers].filter((answer) => !answer.startsWith("ERROR 2")), [served]);
      assert(answers.has('ERROR 2 "Not a regular file"'), [...answers].join());
    },
  });
}
