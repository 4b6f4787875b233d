/**
 * Whatever clients send, a server holds afterwards what it held before: descriptors, temporary
 * files, rows of its table. Here over real sockets and files.
 */

import { assertEquals } from "@std/assert";
import { descriptorsAsBefore, openDescriptors } from "../../helpers/files/descriptors.ts";
import { type Content, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

/** An ERROR whose message is empty. */
const ERROR = Uint8Array.of(0, 5, 0, 0, 0);

const ATTACKS: readonly [name: string, first: (n: number) => Content, second: Content][] = [
  ["RRQ, then a miss", () => rrq("file"), rrq("missing")],
  ["RRQ, then another RRQ", () => rrq("file"), rrq("other")],
  ["WRQ, then a miss", (n) => wrq(`upload${n}`), rrq("missing")],
  ["WRQ, then RRQ", (n) => wrq(`upload${n}`), rrq("other")],
];

/** Replaces a first transfer by a second, and ends both by two ERRORs. */
async function attack(
  served: ServedFolder,
  first: Content,
  second: Content,
  client: RawClient,
): Promise<void> {
  await client.send(first, served.port);
  const { from } = await client.next();
  await client.send(second, served.port);
  // Its answer shows that the first transfer has been replaced, so that all this is within its
  // last second.
  const answer = await client.next();
  await client.send(ERROR, from);
  await client.send(ERROR, from);
  await client.send(ERROR, answer.from);
}

for (const [name, first, second] of ATTACKS) {
  for (const clients of [1, 200]) {
    Deno.test({
      name: `serve() frees what a replaced transfer had: ${name}, from ${clients} at once`,
      ignore: Deno.build.os !== "linux",
      async fn() {
        await using served = new ServedFolder({ uploads: "new" });
        // Too large to be kept in memory: each transfer opens them.
        for (const file of ["file", "other"]) {
          served.folder.write(file, "");
          Deno.truncateSync(served.folder.at(file), 5 * 2 ** 20);
        }
        const idle = served.server.status;
        await using stack = new AsyncDisposableStack();
        const sockets = Array.from({ length: clients }, () => stack.use(new RawClient()));
        const before = openDescriptors();
        await Promise.all(
          sockets.map((client, index) => attack(served, first(index), second, client)),
        );
        await until(() => served.server.status.transfers === 0, "the end of all transfers");
        // An ERROR that was lost in the crowd: its transfer has a second more.
        await descriptorsAsBefore(before);
        assertEquals(served.folder.names(), ["file", "other"]);
        const { transfers, clients: left, sockets: bound } = served.server.status;
        assertEquals([transfers, left, bound], [0, 0, idle.sockets]);
        assertEquals(served.errors, []);
      },
    });
  }
}

Deno.test({
  name: "serve() frees what transfers of vanished clients had",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using served = new ServedFolder({ uploads: "new", idleTimeoutMs: 500 });
    served.folder.write("file", pattern(2000));
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      await using client = new RawClient();
      await client.send(rrq("file"), served.port);
      await client.next();
      await using writer = new RawClient();
      await writer.send(wrq(`upload${round}`), served.port);
      await writer.next();
    }
    await until(() => served.server.status.transfers === 0, "the end of all transfers");
    await descriptorsAsBefore(before);
    assertEquals(served.folder.names(), ["file"]);
    assertEquals(served.errors, []);
  },
});
