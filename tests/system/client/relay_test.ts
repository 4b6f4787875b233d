/** Real sockets over a bad network, in both directions; and the relay that is that network. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { get, put } from "../../../src/mod.ts";
import { MemorySink, MemorySource } from "../../helpers/sim/memory_network.ts";
import { ack, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { Relay } from "../../helpers/net/relay.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import type { LinkSettings } from "../../helpers/sim/sim_network.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const CONTENT = pattern(100_000);

/** A relay before a server; the same link both ways. */
function before(served: ServedFolder, link: LinkSettings, seed = 7): Relay {
  const server = { hostname: "127.0.0.1", port: served.port };
  return new Relay({ server, toServer: link, toClient: link, seed });
}

const NETWORKS: readonly (readonly [name: string, link: LinkSettings])[] = [
  ["loss", { delayMs: 0, loss: 0.05 }],
  ["delay, jitter and loss", { delayMs: 5, jitterMs: 2, loss: 0.02 }],
  ["repetition and reordering", { delayMs: 0, duplication: 0.2, reordering: 0.2, lateMs: 10 }],
  ["bursts of loss", { delayMs: 1, bursts: { begin: 0.005, end: 0.2, loss: 0.8 } }],
  ["a narrow line with a short queue", { delayMs: 1, bytesPerMs: 1250, queueBytes: 16_384 }],
];

Deno.test("get() and put() are whole over a bad network", async (t) => {
  for (const [name, link] of NETWORKS) {
    for (const windowsize of [1, 16]) {
      await t.step(`${name}, windowsize ${windowsize}`, async () => {
        await using served = new ServedFolder({ uploads: "new" });
        await using relay = before(served, link);
        served.folder.write("file", CONTENT);
        const options = { host: "127.0.0.1", port: relay.port, windowsize };
        const sink = new MemorySink();
        const got = await within(get("file", sink, options), "the end of the get");
        assertEquals(sink.bytes, CONTENT);
        const sent = await within(put("new", new MemorySource(CONTENT), options), "the put's end");
        assertEquals([sent.note, served.folder.bytes("new")], [undefined, CONTENT]);
        await Promise.all([got.dallied, sent.dallied]);
      });
    }
  }
});

Deno.test("Relay keeps the TIDs of clients and transfers apart", async () => {
  await using served = new ServedFolder();
  await using relay = before(served, { delayMs: 0 });
  served.folder.write("file", pattern(2000));
  await using one = new RawClient();
  await using other = new RawClient();
  const first = await one.ask(rrq("file"), relay.port, "DATA 1 (512 bytes)");
  const second = await other.ask(rrq("file"), relay.port, "DATA 1 (512 bytes)");
  assertNotEquals(first.port, relay.port);
  await one.ask(ack(1), first, "DATA 2 (512 bytes)");
  await other.ask(ack(1), second, "DATA 2 (512 bytes)");
  // The same client asks again and is answered from another TID.
  const third = await one.ask(rrq("missing"), relay.port, 'ERROR 1 "File not found"');
  assertNotEquals(third.port, first.port);
});

Deno.test("Relay loses what its seed says", async () => {
  const lost: number[][] = [];
  for (const seed of [1, 1, 2]) {
    await using server = new RawClient();
    const target = { hostname: "127.0.0.1", port: server.port };
    const link = { delayMs: 0, loss: 0.5 };
    await using relay = new Relay({ server: target, toServer: link, toClient: link, seed });
    await using client = new RawClient();
    for (let block = 1; block <= 40; block++) await client.send(ack(block), relay.port);
    const { toServer } = relay.counts;
    // The relay has an event of its own for each datagram.
    while (toServer.sent < 40) await new Promise((resolve) => setTimeout(resolve, 1));
    const heard: number[] = [];
    while (heard.length < 40 - toServer.lost) {
      const { packet } = await server.next();
      assert(packet?.opcode === 4);
      heard.push(packet.block);
    }
    lost.push(heard);
  }
  assertEquals(lost[0], lost[1]);
  assertNotEquals(lost[0], lost[2]);
});
