import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  CancelledError,
  encodePacket,
  type Machine,
  type Packet,
  PLAIN_AGREEMENT,
  ProtocolError,
  Receiver,
  Request,
  Sender,
  TftpError,
} from "../../src/protocol/mod.ts";
import { Drive } from "../../src/engine/driver.ts";
import { LocalFileError, NetworkError } from "../../src/engine/errors.ts";
import {
  ManualClock,
  MemoryEndpoint,
  MemorySink,
  MemorySource,
  settle,
} from "../helpers/memory_endpoint.ts";
import { ack, data, error, oack, rrq } from "../helpers/raw_client.ts";

const PEER = { hostname: "10.0.0.7", port: 2070 };
const TIMING = { firstMs: 1000, floorMs: 20, maxMs: 4000, retries: 2 };

function sender(): Machine {
  return new Sender(PLAIN_AGREEMENT, { timing: TIMING });
}

function receiver(): Machine {
  return new Receiver(PLAIN_AGREEMENT, { timing: TIMING, dallyMs: 500 });
}

function request(): Machine {
  const settings = { timing: TIMING, openingRetries: 1, dallyMs: 500 };
  return new Request(rrq("file", { blksize: 1024 }), settings);
}

/** A machine between a socket, a clock and files in memory. */
function drive(machine: Machine, content = new Uint8Array(700)) {
  const endpoint = new MemoryEndpoint();
  const clock = new ManualClock();
  const sink = new MemorySink();
  const source = new MemorySource(content);
  const run = new Drive({ machine, endpoint, clock, sink, source, peer: PEER });
  const { sent } = endpoint;
  const hear = (packet: Packet) => run.deliver(encodePacket(packet), clock.nowMs());
  return { run, endpoint, clock, sink, source, sent, hear };
}

Deno.test("Drive has done with what ends at once, and hears what comes after it", async () => {
  const { run, sent, hear } = drive(sender(), new Uint8Array(8));
  await run.start();
  await hear(ack(1));
  // Nothing was waited for in that turn; waiting for its end must not take for ever.
  await hear(ack(1));
  assertEquals([sent.length, (await run.outcome).error], [1, undefined]);
});

Deno.test("Drive tells its clock when it is due next", async () => {
  const { run, clock } = drive(sender());
  await run.start();
  assertEquals(run.tick(10), 1000);
  clock.advance(1000);
  await settle();
  assertEquals(run.tick(1000), 3000, "it has repeated its block, and waits twice as long");
});

Deno.test("Drive sends a file block by block and forgets its clock", async () => {
  const { run, clock, sent, hear } = drive(sender());
  await run.start();
  await hear(ack(1));
  await hear(ack(2));
  assertEquals(sent, ["DATA 1 (512 bytes) to 2070", "DATA 2 (188 bytes) to 2070"]);
  assertEquals(await run.outcome, { elapsedMs: 0 });
  await run.ended;
  assertEquals(clock.listeners, 0);
});

Deno.test("Drive has written and committed before it sends the ACK", async () => {
  const { run, endpoint, sink, hear } = drive(receiver());
  const order: string[] = [];
  endpoint.send = (bytes) => {
    order.push(`${bytes[1] === 4 ? "ACK" : "other"} ${bytes[3]}: ${sink.deeds.join(", ")}`);
    return Promise.resolve();
  };
  await run.start();
  await hear(data(1, new Uint8Array(512)));
  await hear(data(2, "end"));
  assertEquals(order, [
    "ACK 0: ",
    "ACK 1: write 512",
    "ACK 2: write 512, write 3, commit",
  ]);
});

Deno.test("Drive settles the outcome at once and ends when the receiver has dallied", async () => {
  const { run, clock, sent, hear } = drive(receiver());
  await run.start();
  await hear(data(1, "all"));
  assertEquals(await run.outcome, { elapsedMs: 0 });
  assertEquals(clock.listeners, 1);
  clock.advance(400);
  await hear(data(1, "all"));
  assertEquals(sent.slice(1), ["ACK 1 to 2070", "ACK 1 to 2070"]);
  clock.advance(500);
  await run.ended;
  assertEquals(clock.listeners, 0);
});

Deno.test("Drive repeats a flight when the clock says so, and gives up in the end", async () => {
  const { run, clock, sent } = drive(sender());
  await run.start();
  for (const ms of [999, 1, 1999, 1, 3999, 1]) {
    clock.advance(ms);
    await settle();
  }
  assertEquals(sent, Array(3).fill("DATA 1 (512 bytes) to 2070"));
  const { error, elapsedMs } = await run.outcome;
  assertEquals([error?.name, elapsedMs], ["PeerSilentError", 7000]);
  await run.ended;
});

Deno.test("Drive takes bytes that are no packet for lost", async () => {
  const { run, sent, hear } = drive(sender());
  await run.start();
  for (const bytes of [[], [0], [0, 9, 0, 0], [0, 4, 0], [0, 5, 0], [0, 6, 0, 0]]) {
    await run.deliver(Uint8Array.from(bytes), 0);
  }
  assertEquals(sent.length, 1);
  await hear(ack(1));
  assertEquals(sent.length, 2);
  await run.cancel("over");
});

Deno.test("Drive tells the peer of a full disk and fails", async () => {
  const { run, sink, sent, hear } = drive(receiver());
  sink.writeFault = new LocalFileError('Cannot write "/secret/place": disk full', "/secret", 3);
  await run.start();
  await hear(data(1, "x"));
  assertEquals(sent[1], 'ERROR 3 "Disk full or allocation exceeded" to 2070');
  assertEquals((await run.outcome).error, sink.writeFault);
  await run.ended;
});

Deno.test("Drive sends no last ACK when the commit fails", async () => {
  const { run, sink, sent, hear } = drive(receiver());
  sink.commitFault = new LocalFileError('Cannot save "/secret/place"', "/secret/place", 6);
  await run.start();
  await hear(data(1, "x"));
  assertEquals(sent, ["ACK 0 to 2070", 'ERROR 6 "File already exists" to 2070']);
  assertEquals((await run.outcome).error, sink.commitFault);
});

Deno.test("Drive tells the peer nothing about a mistake of the program", async () => {
  const { run, source, sent } = drive(sender());
  source.readFault = new TypeError("cannot read /secret/place");
  await run.start();
  assertEquals(sent, ['ERROR 0 "Internal failure" to 2070']);
  assertEquals((await run.outcome).error, source.readFault);
});

Deno.test("Drive ends with the peer's ERROR and answers nothing", async () => {
  const { run, sent, hear } = drive(sender());
  await run.start();
  await hear(error(3, "no room"));
  assertEquals(sent.length, 1);
  const { error: end } = await run.outcome;
  assertInstanceOf(end, TftpError);
  assertEquals([end.side, end.code, end.message], ["peer", 3, "no room"]);
  await run.ended;
});

Deno.test("Drive that is cancelled tells the peer", async () => {
  const { run, clock, sent } = drive(sender());
  await run.start();
  await run.cancel("Server is shutting down");
  assertEquals(sent[1], 'ERROR 0 "Server is shutting down" to 2070');
  assertInstanceOf((await run.outcome).error, CancelledError);
  await run.ended;
  assertEquals(clock.listeners, 0);
});

Deno.test("Drive that is cancelled while it dallies stays whole and says nothing", async () => {
  const { run, sent, hear } = drive(receiver());
  await run.start();
  await hear(data(1, "all"));
  await run.cancel("Server is shutting down");
  assertEquals(sent.length, 2);
  assertEquals(await run.outcome, { elapsedMs: 0 });
  await run.ended;
});

Deno.test("Drive that is retired says nothing and fails after a moment", async () => {
  const { run, clock, sent, hear } = drive(sender());
  await run.start();
  run.retire(new CancelledError("began anew"));
  await hear(ack(1));
  clock.advance(999);
  assertEquals([sent.length, clock.listeners], [1, 1]);
  clock.advance(1);
  assertEquals((await run.outcome).error?.message, "began anew");
  await run.ended;
  assertEquals([sent.length, clock.listeners], [1, 0]);
});

Deno.test("Drive that is retired is whole when the last ACK comes after all", async () => {
  const { run, clock, sent, hear } = drive(sender());
  await run.start();
  await hear(ack(1));
  run.retire(new CancelledError("began anew"));
  await hear(ack(2));
  assertEquals((await run.outcome).error, undefined);
  await run.ended;
  assertEquals([sent.length, clock.listeners], [2, 0]);
});

Deno.test("Drive that is retired stores nothing more", async () => {
  const { run, sink, sent, hear } = drive(receiver());
  await run.start();
  run.retire(new CancelledError("began anew"));
  await hear(data(1, "late"));
  await run.cancel("over");
  assertEquals((await run.outcome).error?.message, "began anew");
  assertEquals([sent.length, sink.deeds], [1, []]);
});

Deno.test("Drive that is retired while it dallies ends at once, whole", async () => {
  const { run, clock, hear } = drive(receiver());
  await run.start();
  await hear(data(1, "all"));
  run.retire(new CancelledError("began anew"));
  await run.ended;
  assertEquals([(await run.outcome).error, clock.listeners], [undefined, 0]);
});

Deno.test("Drive lets events wait until the one before is obeyed", async () => {
  const { run, source, sent, hear } = drive(sender());
  const gate = Promise.withResolvers<number>();
  const read = source.read.bind(source);
  let reads = 0;
  source.read = ((into: Uint8Array) => reads++ === 0 ? gate.promise : read(into)) as never;
  const starting = run.start();
  const delivered = hear(ack(1));
  await settle();
  assertEquals(sent, []);
  gate.resolve(512);
  await starting;
  await delivered;
  await settle();
  assertEquals(sent.slice(0, 2), ["DATA 1 (512 bytes) to 2070", "DATA 2 (512 bytes) to 2070"]);
  await run.cancel("over");
});

Deno.test("Drive takes a failed send for a lost datagram once the peer was heard", async () => {
  const { run, endpoint, clock, sent, hear } = drive(sender());
  await run.start();
  endpoint.sendFault = new Error("network is unreachable");
  await hear(ack(1));
  assertEquals(sent.length, 1);
  clock.advance(1000);
  await settle();
  assertEquals(sent[1], "DATA 2 (188 bytes) to 2070");
  await run.cancel("over");
});

Deno.test("Drive fails when the first request can't be sent", async () => {
  const { run, endpoint, clock } = drive(request());
  endpoint.sendFault = new Error("network is unreachable");
  await run.start();
  assertInstanceOf((await run.outcome).error, NetworkError);
  await run.ended;
  assertEquals(clock.listeners, 0);
});

Deno.test("Drive answers a lying OACK with ERROR 8", async () => {
  const { run, sent, hear } = drive(request());
  await run.start();
  await hear(oack({ blksize: 2048 }));
  assertEquals(sent[1]?.startsWith("ERROR 8"), true);
  assertInstanceOf((await run.outcome).error, ProtocolError);
});

Deno.test("Drive ends even when the last ERROR can't be sent", async () => {
  const { run, endpoint, clock, hear } = drive(request());
  await run.start();
  endpoint.sendFault = new Error("network is unreachable");
  await hear(oack({ blksize: 2048 }));
  await run.ended;
  let ended = false;
  run.outcome.then(() => ended = true);
  await settle();
  assertEquals([ended, clock.listeners], [true, 0]);
});
