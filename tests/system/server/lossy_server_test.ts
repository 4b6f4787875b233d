/** The client against servers whose packets come twice, late or not at all. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ClientOptions, get, put, type Source } from "../../../src/mod.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { MemorySink, MemorySource } from "../../helpers/sim/memory_network.ts";
import { ack, data, describe, oack } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const PLAIN = { plain: true, timeoutMs: 1000, retries: 2 };

async function finish(running: ReturnType<typeof get>) {
  const summary = await within(running, "the end of the transfer");
  await summary.dallied;
  return summary;
}

Deno.test("get() writes each block once, however often it comes", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  const end = finish(get("file", sink, { ...fake.target, ...PLAIN }));
  await fake.request();
  const content = pattern(1300);
  for (let block = 1; block <= 3; block++) {
    const payload = content.subarray(512 * (block - 1), 512 * block);
    for (let i = 0; i < 5; i++) await fake.send(data(block, payload));
    // A block that comes again is acknowledged again, but now and then only.
    for (let heard = ""; heard !== `ACK ${block}`;) heard = describe(await fake.tid.next());
  }
  await end;
  assertEquals(sink.bytes, content);
});

Deno.test("get() does not feed a Sorcerer's Apprentice", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  let running = true;
  const end = finish(get("file", sink, { ...fake.target, ...PLAIN }));
  end.finally(() => running = false);
  await fake.answerRequest(data(1, pattern(512)));
  // The apprentice: DATA 1 was sent twice, and every ACK makes it send the next block.
  await fake.send(data(1, pattern(512)));
  const blocks = 200;
  let acks = 0;
  for (let last = 0; last < blocks;) {
    const { packet } = await fake.tid.next();
    assert(packet?.opcode === 4);
    acks++;
    last = packet.block;
    if (last < blocks) await fake.send(data(last + 1, last + 1 < blocks ? pattern(512) : "end"));
  }
  await end;
  assert(!running);
  assertEquals(sink.bytes.length, 199 * 512 + 3);
  assert(acks < blocks * 1.1, `${acks} ACKs for ${blocks} blocks`);
});

Deno.test("put() sends each block once, however often it is acknowledged", async () => {
  await using fake = new FakeServer();
  const source = new MemorySource(pattern(1300));
  const end = finish(put("file", source, { ...fake.target, ...PLAIN }));
  await fake.request();
  for (const [block, length] of [512, 512, 276].entries()) {
    for (let i = 0; i < 5; i++) await fake.send(ack(block));
    await fake.expect(`DATA ${block + 1} (${length} bytes)`);
  }
  await fake.send(ack(3));
  assertEquals((await end).retransmits, 0);
});

Deno.test("put() ignores an ACK of what was never sent", async () => {
  await using fake = new FakeServer();
  const end = finish(put("file", new MemorySource(pattern(600)), { ...fake.target, ...PLAIN }));
  await fake.request();
  await fake.ask(ack(0), "DATA 1 (512 bytes)");
  for (const block of [2, 3, 100, 65535]) await fake.send(ack(block));
  await fake.ask(ack(1), "DATA 2 (88 bytes)");
  await fake.send(ack(2));
  assertEquals((await end).bytes, 600);
});

Deno.test("get() repeats its last ACK to a server that missed it", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  const options = { ...fake.target, ...PLAIN, timeoutMs: 60 };
  const summary = await within(
    Promise.all([get("file", sink, options), serveWithALoss(fake)]),
    "the end of the transfer",
  );
  // Something was lost before, so it stays a while.
  const { packet } = await fake.tid.insist(data(2, "end"), fake.client!);
  assertEquals(packet, { opcode: 4, block: 2 });
  await summary[0].dallied;
});

async function serveWithALoss(fake: FakeServer): Promise<void> {
  await fake.answerRequest(data(1, pattern(512)));
  await fake.expect("ACK 1");
  await fake.expect("ACK 1");
  await fake.ask(data(2, "end"), "ACK 2");
}

Deno.test("get() reports a gap at once and asks for nothing that is here", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  const end = finish(get("file", sink, { ...fake.target, timeoutMs: 5000 }));
  await fake.request();
  await fake.ask(oack({ blksize: 8, windowsize: 4 }), "ACK 0");
  const content = pattern(35);
  const block = (i: number) => data(i, content.subarray(8 * (i - 1), 8 * i));
  await fake.send(block(1));
  await fake.ask(block(3), "ACK 1");
  await fake.send(block(4));
  await fake.ask(block(2), "ACK 4");
  await fake.ask(block(5), "ACK 5");
  await end;
  assertEquals(sink.bytes, content);
});

Deno.test("put() sends one block again for a repeated ACK, however often it comes", async () => {
  await using fake = new FakeServer();
  const source = new MemorySource(pattern(40));
  const end = finish(put("file", source, { ...fake.target, timeoutMs: 5000 }));
  await fake.request();
  await fake.send(oack({ blksize: 8, windowsize: 4 }));
  const window = [1, 2, 3, 4].map((i) => `DATA ${i} (8 bytes)`);
  for (const line of window) await fake.expect(line);
  // EDK2 says it for every block behind the gap. An echo, sooner than a round trip, moves nobody.
  const again = setInterval(() => fake.send(ack(0)), 1);
  await fake.expect("DATA 1 (8 bytes)");
  clearInterval(again);
  await fake.ask(ack(4), "DATA 5 (8 bytes)");
  await fake.expect("DATA 6 (0 bytes)");
  await fake.send(ack(6));
  await end;
});

Deno.test("get() that is aborted tells the server and keeps nothing", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  const controller = new AbortController();
  const options = { ...fake.target, ...PLAIN, signal: controller.signal };
  const end = assertRejects(() => get("file", sink, options), Error, "Interrupted");
  await fake.answerRequest(data(1, pattern(512)));
  await fake.expect("ACK 1");
  controller.abort();
  await fake.expect('ERROR 0 "Interrupted"');
  await end;
  assert(sink.abandoned && !sink.committed);
});

Deno.test("get() that is aborted before an answer ends at once", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  const controller = new AbortController();
  const options = { ...fake.target, ...PLAIN, timeoutMs: 60_000, signal: controller.signal };
  const end = assertRejects(() => get("file", sink, options), Error, "Interrupted");
  await fake.request();
  controller.abort();
  await within(end, "the end of an aborted transfer");
  assert(sink.abandoned);
});

Deno.test("put() that waits for its source can be aborted", async () => {
  await using fake = new FakeServer();
  const controller = new AbortController();
  const never = Promise.withResolvers<number>();
  const asked = Promise.withResolvers<void>();
  const read = () => {
    asked.resolve();
    return never.promise;
  };
  const source: Source = { size: undefined, read, close() {} };
  const options: ClientOptions = { ...fake.target, ...PLAIN, signal: controller.signal };
  const end = assertRejects(() => put("file", source, options), Error, "Interrupted");
  await fake.answerRequest(ack(0));
  await asked.promise;
  controller.abort();
  await within(end, "the end of an aborted transfer");
});

Deno.test("get() and put() refuse a name that fits into no request", async () => {
  const options = { host: "127.0.0.1", port: 9, ...PLAIN };
  const sink = new MemorySink();
  await assertRejects(() => get("x".repeat(600), sink, options), RangeError, "too long");
  await assertRejects(() => get("a\0b", new MemorySink(), options), RangeError, "NUL");
  assert(sink.abandoned);
  const source = new MemorySource(pattern(1));
  await assertRejects(() => put("x".repeat(600), source, options), RangeError, "too long");
  assert(source.closed);
});

Deno.test("get() understands an address in every spelling", async () => {
  await using served = new ServedFolder({ addresses: [] });
  served.folder.write("file", "short");
  const { port } = served;
  const linkLocal = Deno.networkInterfaces().find(({ address }) => address.startsWith("fe80:"));
  const hosts = ["127.0.0.1", "127.1", "localhost", "::1", "0:0:0:0:0:0:0:1", "::FFFF:127.0.0.1"];
  if (linkLocal) hosts.push(`${linkLocal.address}%${linkLocal.name}`);
  for (const host of hosts) {
    const sink = new MemorySink();
    await finish(get("file", sink, { host, port, retries: 0 }));
    assertEquals(sink.bytes.length, 5);
  }
});

Deno.test("get() says when a host has no address, or none of the family", async () => {
  const sink = new MemorySink();
  for (const options of [{ host: "no-such-host.invalid" }, { host: "::1", family: 4 as const }]) {
    const failure = await assertRejects(() => get("file", sink, options), Error, options.host);
    assertEquals(failure.name, "NetworkError");
  }
});
