/** The client against servers that lie, stumble, fall silent or are not the one that was asked. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type ClientOptions, get, LocalFileError, put, type Summary } from "../../../src/mod.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { MemorySink, MemorySource } from "../../helpers/sim/memory_network.ts";
import { ack, data, describe, error, oack, RawClient } from "../../helpers/net/raw_client.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const OFFER = "octet blksize=1428 windowsize=32 tsize=";
const IMPATIENT = { timeoutMs: 50, retries: 1 };
const PLAIN = { ...IMPATIENT, plain: true };

/** How a transfer ended: one of the two. */
interface End {
  readonly summary?: Summary;
  readonly error?: Error;
}

function startGet(fake: FakeServer, options: Partial<ClientOptions> = {}, sink = new MemorySink()) {
  const end = ending(get("file", sink, { ...fake.target, ...IMPATIENT, ...options }));
  return { sink, end };
}

function startPut(fake: FakeServer, content: Uint8Array, options: Partial<ClientOptions> = {}) {
  const source = new MemorySource(content);
  const end = ending(put("file", source, { ...fake.target, ...IMPATIENT, ...options }));
  return { source, end };
}

async function ending(running: Promise<Summary>): Promise<End> {
  try {
    const summary = await within(running, "the end of the transfer");
    await summary.dallied;
    return { summary };
  } catch (error) {
    return { error: error as Error };
  }
}

/** Nothing but what was expected has come to the server. */
async function assertNothingMore({ door, tid }: FakeServer): Promise<void> {
  for (const socket of [door, tid]) {
    await socket.send(ack(4711), socket.port);
    await socket.expect("ACK 4711");
  }
}

/** Nothing but repeats of a flight, and at least one of them, has come to the server. */
async function assertOnlyRepeats({ tid }: FakeServer, flight: string): Promise<void> {
  await tid.expect(flight);
  await tid.send(ack(4711), tid.port);
  for (;;) {
    const line = describe(await tid.next());
    if (line === "ACK 4711") return;
    assertEquals(line, flight);
  }
}

const LIES: readonly [oack: Record<string, string | number>, options: Partial<ClientOptions>][] = [
  [{ rollover: 0 }, {}],
  [{ blksize: 1429 }, {}],
  [{ blksize: 7 }, {}],
  [{ blksize: "abc" }, {}],
  [{ blksize: "" }, {}],
  [{ windowsize: 33 }, {}],
  [{ windowsize: 0 }, {}],
  [{ blksize: 1024, BLKSIZE: 512 }, {}],
  [{ timeout: 1 }, {}],
  [{ timeout: 2 }, { timeoutOption: true }],
  [{ tsize: "many" }, {}],
  [{ unheard: "of" }, {}],
];

Deno.test("get() answers a lying OACK with ERROR 8 and fails", async () => {
  for (const [lie, options] of LIES) {
    await using fake = new FakeServer();
    const { sink, end } = startGet(fake, options);
    await fake.answerRequest(oack(lie));
    const { packet } = await fake.tid.next();
    assert(packet?.opcode === 5 && packet.code === 8, `${JSON.stringify(lie)} was taken`);
    assertEquals([(await end).error?.name, sink.calls], ["ProtocolError", ["abandon"]]);
    await assertNothingMore(fake);
  }
});

Deno.test("put() answers a lying OACK with ERROR 8 and fails", async () => {
  await using fake = new FakeServer();
  const { source, end } = startPut(fake, pattern(10));
  await fake.answerRequest(oack({ blksize: 65464 }));
  await fake.expect('ERROR 8 "Server answered blksize=1428 with "blksize=65464""');
  assertEquals([(await end).error?.name, source.closed], ["ProtocolError", true]);
});

Deno.test("get() takes what a server lowers and leaves out", async () => {
  await using fake = new FakeServer();
  const { sink, end } = startGet(fake);
  const request = await fake.answerRequest(oack({ BLKSIZE: 8 }));
  assertEquals(request.options.map(({ name }) => name), ["blksize", "windowsize", "tsize"]);
  await fake.expect("ACK 0");
  await fake.ask(data(1, "12345678"), "ACK 1");
  await fake.ask(data(2, "9"), "ACK 2");
  const { agreement } = (await end).summary!;
  assertEquals([agreement.blksize, agreement.windowsize, sink.bytes.length], [8, 1, 9]);
});

Deno.test("get() takes no block that is larger than agreed", async () => {
  for (const { opening, length } of [{ length: 513 }, { opening: { blksize: 8 }, length: 9 }]) {
    await using fake = new FakeServer();
    const { sink, end } = startGet(fake);
    await fake.request();
    if (opening) await fake.ask(oack(opening), "ACK 0");
    const answer = `ERROR 4 "Block of ${length} bytes, blksize is ${length - 1}"`;
    await fake.ask(data(1, pattern(length)), answer);
    assertEquals([(await end).error?.name, sink.calls], ["ProtocolError", ["abandon"]]);
  }
});

Deno.test("get() gives up a server that never answers, after a plain try", async () => {
  await using fake = new FakeServer();
  const { sink, end } = startGet(fake);
  const { error } = await end;
  assertEquals([error?.name, sink.calls], ["PeerSilentError", ["abandon"]]);
  const optioned = `RRQ "file" ${OFFER}0`;
  for (const line of [optioned, optioned, 'RRQ "file" octet', 'RRQ "file" octet']) {
    await fake.door.expect(line);
  }
  await assertNothingMore(fake);
});

Deno.test("get() gives up a server that falls silent, and repeats its ACK before", async () => {
  for (const blocks of [0, 1, 3]) {
    await using fake = new FakeServer();
    const { sink, end } = startGet(fake);
    await fake.request();
    await fake.ask(oack({ tsize: 5000 }), "ACK 0");
    for (let i = 1; i <= blocks; i++) await fake.ask(data(i, pattern(512)), `ACK ${i}`);
    assertEquals([(await end).error?.name, sink.abandoned], ["PeerSilentError", true]);
    assert(!sink.committed);
    await assertOnlyRepeats(fake, `ACK ${blocks}`);
  }
});

Deno.test("put() gives up a server that falls silent, and repeats its DATA before", async () => {
  for (const blocks of [0, 1]) {
    await using fake = new FakeServer();
    const { source, end } = startPut(fake, pattern(2000), PLAIN);
    await fake.answerRequest(ack(0));
    for (let i = 1; i <= blocks; i++) {
      await fake.expect(`DATA ${i} (512 bytes)`);
      await fake.send(ack(i));
    }
    await fake.expect(`DATA ${blocks + 1} (512 bytes)`);
    assertEquals([(await end).error?.name, source.closed], ["PeerSilentError", true]);
    await assertOnlyRepeats(fake, `DATA ${blocks + 1} (512 bytes)`);
  }
});

Deno.test("put() is whole with a note when the last block is never acknowledged", async () => {
  await using fake = new FakeServer();
  const { end } = startPut(fake, pattern(600), PLAIN);
  await fake.answerRequest(ack(0));
  await fake.expect("DATA 1 (512 bytes)");
  await fake.send(ack(1));
  const { summary } = await end;
  assertEquals([summary?.note, summary?.bytes], ["the last block was never acknowledged", 600]);
});

Deno.test("get() and put() end with an ERROR in the middle, and answer nothing", async () => {
  await using fake = new FakeServer();
  const got = startGet(fake, PLAIN);
  await fake.answerRequest(data(1, pattern(512)));
  await fake.expect("ACK 1");
  await fake.send(error(8, "no more"));
  const { error: end } = await got.end;
  assertEquals([end?.name, end?.message, got.sink.abandoned], ["TftpError", "no more", true]);
  const { end: putEnd } = startPut(fake, pattern(2000), PLAIN);
  await fake.answerRequest(ack(0));
  await fake.expect("DATA 1 (512 bytes)");
  await fake.send(error(3, "full"));
  assertEquals((await putEnd).error?.message, "full");
  await assertNothingMore(fake);
});

Deno.test("get() asks without options when they are refused by ERROR 8, 4 or 0", async () => {
  for (const code of [8, 4, 0]) {
    await using fake = new FakeServer();
    const { sink, end } = startGet(fake);
    await fake.answerRequest(error(code, "what is that?"));
    assertEquals((await fake.answerRequest(data(1, "plain"))).options, []);
    await fake.expect("ACK 1");
    assertEquals([(await end).summary?.fellBack, sink.bytes.length], [true, 5]);
  }
});

Deno.test("put() asks without options when they are refused, and loses no byte", async () => {
  // The second one has waited for a boot loader that is there now.
  for (const options of [{}, { waitMs: 5000 }]) {
    await using fake = new FakeServer();
    const { end } = startPut(fake, pattern(5), options);
    await fake.answerRequest(error(8, "no options here"));
    assertEquals((await fake.answerRequest(ack(0))).options, []);
    await fake.expect("DATA 1 (5 bytes)");
    await fake.send(ack(1));
    assertEquals((await end).summary?.fellBack, true);
  }
});

Deno.test("get() asks without options when they get no answer", async () => {
  await using fake = new FakeServer();
  const { end } = startGet(fake);
  for (let tries = 0; tries < 2; tries++) await fake.door.expect(`RRQ "file" ${OFFER}0`);
  await fake.answerRequest(data(1, "plain"));
  await fake.expect("ACK 1");
  assertEquals((await end).summary?.fellBack, true);
});

Deno.test("get() does not ask again after any other ERROR", async () => {
  for (const code of [1, 2, 3, 6, 7, 99]) {
    await using fake = new FakeServer();
    const { end } = startGet(fake);
    await fake.answerRequest(error(code, "no"));
    assertEquals((await end).error?.name, "TftpError");
    await assertNothingMore(fake);
  }
});

Deno.test("get() tells strangers so and takes nothing from them", async () => {
  await using fake = new FakeServer();
  await using samePlace = new RawClient();
  await using otherPlace = new RawClient("127.0.0.2");
  const { sink, end } = startGet(fake, { ...PLAIN, timeoutMs: 1000 });
  await fake.answerRequest(data(1, pattern(512)));
  await fake.expect("ACK 1");
  for (const stranger of [samePlace, otherPlace]) {
    await stranger.ask(data(2, "evil"), fake.client!, 'ERROR 5 "Unknown transfer ID"');
    await stranger.send(error(0, "evil"), fake.client!);
  }
  await fake.ask(data(2, "good"), "ACK 2");
  assertEquals([(await end).error, sink.bytes.length], [undefined, 516]);
  assertEquals(sink.bytes.subarray(512), new TextEncoder().encode("good"));
});

Deno.test("get() takes no first answer from an address that was not asked", async () => {
  await using fake = new FakeServer();
  await using other = new RawClient("127.0.0.2");
  const { sink, end } = startGet(fake, PLAIN);
  await fake.request();
  await other.ask(data(1, "evil"), fake.client!, 'ERROR 5 "Unknown transfer ID"');
  const { error } = await end;
  assertEquals([error?.name, sink.calls], ["PeerSilentError", ["abandon"]]);
  assertStringIncludes(error!.message, `127.0.0.2:${other.port}`);
});

Deno.test("get() keeps to the first TID that answers", async () => {
  await using fake = new FakeServer();
  await using second = new RawClient();
  const { sink, end } = startGet(fake, { ...PLAIN, timeoutMs: 1000 });
  await fake.request();
  await fake.send(data(1, "first"));
  await fake.expect("ACK 1");
  assertEquals((await end).summary?.peer, `127.0.0.1:${fake.tid.port}`);
  assertEquals(new TextDecoder().decode(sink.bytes), "first");
  await second.send(data(1, "late"), fake.client!);
});

Deno.test("get() is not pinned by what is no valid answer", async () => {
  await using fake = new FakeServer();
  await using confused = new RawClient();
  const { end } = startGet(fake, { ...PLAIN, timeoutMs: 1000 });
  await fake.request();
  for (const junk of ["", "\0", "\0\x09\0\0", "\0\x04\0\0", "\0\x03\0\x02xyz", "\0\x05\0"]) {
    await confused.send(junk, fake.client!);
  }
  await fake.ask(data(1, "good"), "ACK 1");
  assertEquals((await end).summary?.bytes, 4);
});

Deno.test("get() tells the server when the bytes can't be written here", async () => {
  await using fake = new FakeServer();
  const sink = new MemorySink();
  sink.writeFault = new LocalFileError('Cannot write "/secret": disk full', "/secret", 3);
  const { end } = startGet(fake, PLAIN, sink);
  await fake.answerRequest(data(1, pattern(512)));
  await fake.expect('ERROR 3 "Disk full or allocation exceeded"');
  assertEquals([(await end).error, sink.calls], [sink.writeFault, ["abandon"]]);
});
