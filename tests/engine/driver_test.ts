import { assertEquals, assertInstanceOf } from "@std/assert";
import { CancelledError, ProtocolError, TftpError } from "../../src/protocol/mod.ts";
import { LocalFileError, NetworkError, UnreachableError } from "../../src/engine/errors.ts";
import { drive, receiver, request, sender } from "../helpers/sim/driven.ts";
import { ack, data, error, oack } from "../helpers/net/raw_client.ts";

Deno.test("Driver handles packets after the end of a transfer", () => {
  const t = drive(sender(), new Uint8Array(8));
  t.run.start();
  t.hear(ack(1));
  t.hear(ack(1));
  assertEquals([t.sent.length, t.outcome()?.error, t.ended()], [1, undefined, true]);
});

Deno.test("Driver tells its clock when it is due next", () => {
  const t = drive(sender());
  t.run.start();
  assertEquals(t.run.tick(10), 1000);
  t.clock.advance(1000);
  assertEquals(t.run.tick(1000), 3000, "it has repeated its block, and waits twice as long");
});

Deno.test("Driver sends a file block by block and forgets its clock", () => {
  const t = drive(sender());
  t.run.start();
  t.hear(ack(1));
  t.hear(ack(2));
  assertEquals(t.sent, ["DATA 1 (512 bytes) to 2070", "DATA 2 (188 bytes) to 2070"]);
  assertEquals([t.outcome(), t.ended(), t.clock.listeners], [{ elapsedMs: 0 }, true, 0]);
});

Deno.test("Driver has written and committed before it sends the ACK", () => {
  const t = drive(receiver());
  const order: string[] = [];
  t.socket.send = (bytes) => {
    order.push(`${bytes[1] === 4 ? "ACK" : "other"} ${bytes[3]}: ${t.sink.calls.join(", ")}`);
  };
  t.run.start();
  t.hear(data(1, new Uint8Array(512)));
  t.hear(data(2, "end"));
  assertEquals(order, [
    "ACK 0: ",
    "ACK 1: write 512",
    "ACK 2: write 512, write 3, commit",
  ]);
});

Deno.test("Driver settles the outcome at once and ends when the receiver has dallied", () => {
  const t = drive(receiver());
  t.run.start();
  t.hear(data(1, "all"));
  assertEquals([t.outcome(), t.ended(), t.clock.listeners], [{ elapsedMs: 0 }, false, 1]);
  t.clock.advance(400);
  t.hear(data(1, "all"));
  assertEquals(t.sent.slice(1), ["ACK 1 to 2070", "ACK 1 to 2070"]);
  t.clock.advance(500);
  assertEquals([t.ended(), t.clock.listeners], [true, 0]);
});

Deno.test("Driver asks for a call at the end of a short dally, and for none in a long one", () => {
  const asked = (dallyMs: number) => {
    const t = drive(receiver({ dallyMs }));
    const delays: number[] = [];
    const { clock } = t;
    const after = clock.after.bind(clock);
    clock.after = (ms, callback) => {
      delays.push(ms);
      return after(ms, callback);
    };
    t.run.start();
    t.hear(data(1, "all"));
    const endedBefore = t.ended();
    clock.advance(dallyMs);
    return [delays, endedBefore, t.ended()];
  };
  assertEquals(asked(1), [[1], false, true]);
  assertEquals(asked(500), [[], false, true]);
});

Deno.test("Driver repeats a flight when the clock says so, and gives up in the end", () => {
  const t = drive(sender());
  t.run.start();
  for (const ms of [999, 1, 1999, 1, 3999, 1]) t.clock.advance(ms);
  assertEquals(t.sent, Array(3).fill("DATA 1 (512 bytes) to 2070"));
  const { error, elapsedMs } = t.outcome()!;
  assertEquals([error?.name, elapsedMs, t.ended()], ["PeerSilentError", 7000, true]);
});

Deno.test("Driver repeats nothing while that is not allowed", () => {
  let allowed = false;
  const t = drive(sender(), undefined, () => allowed);
  t.run.start();
  t.clock.advance(1500);
  assertEquals(t.sent.length, 1);
  allowed = true;
  t.clock.advance(1);
  assertEquals(t.sent.length, 2);
});

Deno.test("Driver takes bytes that are no packet for lost", () => {
  const t = drive(sender());
  t.run.start();
  for (const bytes of [[], [0], [0, 9, 0, 0], [0, 4, 0], [0, 5, 0], [0, 6, 0, 0]]) {
    t.run.receive(Uint8Array.from(bytes), 0);
  }
  assertEquals(t.sent.length, 1);
  t.hear(ack(1));
  assertEquals(t.sent.length, 2);
});

Deno.test("Driver tells the peer of a full disk and fails", () => {
  const t = drive(receiver());
  t.sink.writeFault = new LocalFileError('Cannot write "/secret/place": disk full', "/secret", 3);
  t.run.start();
  t.hear(data(1, "x"));
  assertEquals(t.sent[1], 'ERROR 3 "Disk full or allocation exceeded" to 2070');
  assertEquals([t.outcome()?.error, t.ended()], [t.sink.writeFault, true]);
});

Deno.test("Driver sends no last ACK when the commit fails", () => {
  const t = drive(receiver());
  t.sink.commitFault = new LocalFileError('Cannot save "/secret/place"', "/secret/place", 6);
  t.run.start();
  t.hear(data(1, "x"));
  assertEquals(t.sent, ["ACK 0 to 2070", 'ERROR 6 "File already exists" to 2070']);
  assertEquals([t.outcome()?.error, t.ended()], [t.sink.commitFault, true]);
});

Deno.test("Driver tells the peer nothing about a mistake of the program", () => {
  const t = drive(sender());
  t.source.readFault = new TypeError("cannot read /secret/place");
  t.run.start();
  assertEquals(t.sent, ['ERROR 0 "Internal failure" to 2070']);
  assertEquals([t.outcome()?.error, t.ended()], [t.source.readFault, true]);
});

Deno.test("Driver ends with the peer's ERROR and answers nothing", () => {
  const t = drive(sender());
  t.run.start();
  t.hear(error(3, "no room"));
  assertEquals([t.sent.length, t.ended()], [1, true]);
  const end = t.outcome()?.error;
  assertInstanceOf(end, TftpError);
  assertEquals([end.side, end.code, end.message], ["peer", 3, "no room"]);
});

Deno.test("Driver that is cancelled tells the peer", () => {
  const t = drive(sender());
  t.run.start();
  t.run.cancel("Server is shutting down");
  assertEquals(t.sent[1], 'ERROR 0 "Server is shutting down" to 2070');
  assertInstanceOf(t.outcome()?.error, CancelledError);
  assertEquals([t.ended(), t.clock.listeners], [true, 0]);
});

Deno.test("Driver that is cancelled while it dallies stays whole and says nothing", () => {
  const t = drive(receiver());
  t.run.start();
  t.hear(data(1, "all"));
  t.run.cancel("Server is shutting down");
  assertEquals([t.sent.length, t.outcome(), t.ended()], [2, { elapsedMs: 0 }, true]);
});

Deno.test("Driver treats a failed send as a lost datagram after an answer", () => {
  const t = drive(sender());
  t.run.start();
  t.socket.sendFault = new Error("network is unreachable");
  t.hear(ack(1));
  assertEquals(t.sent.length, 1);
  t.clock.advance(1000);
  assertEquals(t.sent[1], "DATA 2 (188 bytes) to 2070");
});

Deno.test("Driver fails when the first request can't be sent", () => {
  const t = drive(request());
  t.socket.sendFault = new Error("network is unreachable");
  t.run.start();
  assertInstanceOf(t.outcome()?.error, NetworkError);
  assertEquals([t.ended(), t.clock.listeners], [true, 0]);
});

Deno.test("Driver fails at once when ICMP says that nobody listens", () => {
  for (const machine of [sender, receiver, request]) {
    const t = drive(machine());
    t.run.start();
    const gone = new UnreachableError("10.0.0.7:2070", "ECONNREFUSED");
    t.run.unsendable(gone);
    assertEquals([t.outcome()?.error, t.ended(), t.sent.length], [gone, true, 1]);
  }
});

Deno.test("Driver keeps a transfer whole whose peer is gone when all was sent", () => {
  const machine = sender();
  const t = drive(machine, new Uint8Array(8));
  t.run.start();
  t.run.unsendable(new UnreachableError("10.0.0.7:2070", "ECONNREFUSED"));
  assertEquals(t.outcome()?.note, "the last block was never acknowledged");
  assertEquals(machine.bytes, 8);
});

Deno.test("Driver answers a lying OACK with ERROR 8", () => {
  const t = drive(request());
  t.run.start();
  t.hear(oack({ blksize: 2048 }));
  assertEquals(t.sent[1]?.startsWith("ERROR 8"), true);
  assertInstanceOf(t.outcome()?.error, ProtocolError);
});

Deno.test("Driver ends even when the last ERROR can't be sent", () => {
  const t = drive(request());
  t.run.start();
  t.socket.sendFault = new Error("network is unreachable");
  t.hear(oack({ blksize: 2048 }));
  assertEquals([t.ended(), t.clock.listeners], [true, 0]);
  assertInstanceOf(t.outcome()?.error, ProtocolError);
});
