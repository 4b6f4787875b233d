/** When a server reads a file: the next window while the client answers this one. */

import { assertEquals } from "@std/assert";
import { DenoNetwork, type Source } from "../../../src/mod.ts";
import { serving } from "../../helpers/net/library.ts";
import { ack, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { within } from "../../helpers/sim/within.ts";

const WINDOW = 16;

/** A file of zeros that counts its reads, and calls `again` at the second. */
class CountedSource implements Source {
  readonly size = 100_000;
  readonly slow: boolean;
  reads = 0;
  #left = this.size;
  readonly #again: () => void;

  constructor(slow: boolean, again: () => void = () => {}) {
    this.slow = slow;
    this.#again = again;
  }

  read(into: Uint8Array): number {
    if (++this.reads === 2) this.#again();
    const count = Math.min(this.#left, into.length);
    this.#left -= count;
    return count;
  }

  close(): void {}
}

/** Fetches the first window of a file, and acknowledges none of it. */
async function fetchWindow(client: RawClient, port: number): Promise<void> {
  await client.send(rrq("file", { blksize: 1024, windowsize: WINDOW }), port);
  const { from } = await client.next();
  await client.send(ack(0), from);
  for (let block = 1; block <= WINDOW; block++) await client.expect(`DATA ${block} (1024 bytes)`);
}

Deno.test("serve() reads the next window before this one is acknowledged", async () => {
  const again = Promise.withResolvers<void>();
  const source = new CountedSource(false, again.resolve);
  await using server = serving({ handler: () => source });
  await using client = new RawClient();
  await fetchWindow(client, server.addresses[0]!.port);
  await within(again.promise, "the second read");
});

Deno.test("serve() reads nothing ahead from a source that may be slow", async () => {
  const source = new CountedSource(true);
  await using server = serving({ handler: ({ name }) => name === "file" ? source : undefined });
  await using client = new RawClient();
  const { port } = server.addresses[0]!;
  await fetchWindow(client, port);
  // What is answered after it shows that the server has had time to read.
  await using other = new RawClient();
  await other.ask(rrq("missing"), port, 'ERROR 1 "File not found"');
  assertEquals(source.reads, 1);
});

Deno.test("A socket of Deno calls back when all has left, that of callbacks included", async () => {
  const handler = { receive() {}, unsendable() {}, failed() {}, broken() {} };
  const socket = new DenoNetwork().bind({ hostname: "127.0.0.1", port: 0 }, handler);
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: [string, boolean][] = [];
  socket.send(new Uint8Array(4), socket.address);
  socket.whenSent!(() => {
    order.push(["first", socket.flush()]);
    socket.send(new Uint8Array(4), socket.address);
  });
  socket.whenSent!(() => {
    order.push(["second", socket.flush()]);
    resolve();
  });
  await within(promise, "the second callback");
  await new Promise<void>((freed) => socket.close(freed));
  assertEquals(order, [["first", true], ["second", true]]);
});
