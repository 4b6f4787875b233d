/** What a driver does while its file is waited for, and with a transfer that was replaced. */

import { assertEquals } from "@std/assert";
import { CancelledError } from "../../src/protocol/mod.ts";
import { UnreachableError } from "../../src/engine/errors.ts";
import { Later } from "../../src/engine/later.ts";
import { drive, receiver, sender } from "../helpers/sim/driven.ts";
import { ack, data, error } from "../helpers/net/raw_client.ts";

Deno.test("Driver keeps what comes while it waits for its file", () => {
  const t = drive(sender());
  const first = new Later<number>();
  const read = t.source.read.bind(t.source);
  let reads = 0;
  t.source.read = ((into: Uint8Array) => reads++ === 0 ? first : read(into)) as never;
  t.run.start();
  t.hear(ack(1));
  assertEquals([t.sent, t.clock.waits], [[], 1]);
  first.resolve(512);
  assertEquals(t.sent, ["DATA 1 (512 bytes) to 2070", "DATA 2 (512 bytes) to 2070"]);
  assertEquals(t.clock.waits, 0);
});

Deno.test("Driver waits for a commit before it says anything, even when it is cancelled", () => {
  const t = drive(receiver());
  const committed = new Later();
  t.sink.commit = (() => committed) as never;
  t.run.start();
  t.hear(data(1, "all"));
  t.run.cancel("over");
  t.run.replace(new CancelledError("began again"));
  t.clock.advance(1000);
  assertEquals([t.sent.length, t.outcome()], [1, undefined]);
  committed.resolve();
  assertEquals([t.outcome()?.error, t.ended(), t.clock.waits], [undefined, true, 0]);
});

Deno.test("Driver that is cancelled does not wait for its file", () => {
  const t = drive(sender());
  const never = new Later<number>();
  t.source.read = (() => never) as never;
  t.run.start();
  t.run.cancel("over");
  assertEquals([t.sent, t.ended(), t.clock.waits], [['ERROR 0 "over" to 2070'], true, 0]);
  never.resolve(512);
  assertEquals(t.sent.length, 1);
});

Deno.test("Driver that ends while its last write is waited for says why", () => {
  const gone = new UnreachableError("10.0.0.7:2070", "ECONNREFUSED");
  const ends = [
    (t: ReturnType<typeof drive>) => t.hear(error(3, "no room")),
    (t: ReturnType<typeof drive>) => t.run.unsendable(gone),
  ];
  const messages = ends.map((end) => {
    const t = drive(receiver());
    t.sink.write = (() => new Later()) as never;
    t.run.start();
    t.hear(data(1, "all"));
    end(t);
    assertEquals([t.ended(), t.clock.waits, t.sink.calls], [true, 0, []]);
    return t.outcome()?.error?.message;
  });
  assertEquals(messages, ["no room", gone.message]);
});

Deno.test("Driver tells its machine nothing before what was sent last has left", () => {
  const t = drive(sender());
  t.run.start();
  t.socket.busy = true;
  t.hear(ack(1));
  t.clock.advance(2000);
  assertEquals(t.sent.length, 1);
  t.socket.busy = false;
  t.clock.advance(1);
  assertEquals(t.sent, ["DATA 1 (512 bytes) to 2070", "DATA 2 (188 bytes) to 2070"]);
});

Deno.test("Driver that is replaced says nothing and fails after a moment", () => {
  const t = drive(sender());
  t.run.start();
  t.run.replace(new CancelledError("began again"));
  t.hear(ack(1));
  t.clock.advance(999);
  assertEquals([t.sent.length, t.clock.listeners], [1, 1]);
  t.clock.advance(1);
  assertEquals(t.outcome()?.error?.message, "began again");
  assertEquals([t.ended(), t.sent.length, t.clock.listeners], [true, 1, 0]);
});

Deno.test("Driver that is replaced is whole when the last ACK comes after all", () => {
  const t = drive(sender());
  t.run.start();
  t.hear(ack(1));
  t.run.replace(new CancelledError("began again"));
  t.hear(ack(2));
  assertEquals([t.outcome()?.error, t.ended()], [undefined, true]);
  assertEquals([t.sent.length, t.clock.listeners], [2, 0]);
});

Deno.test("Driver that is replaced settles and ends whatever the peer sends then", () => {
  for (const machine of [sender, receiver]) {
    const t = drive(machine());
    t.run.start();
    t.run.replace(new CancelledError("began again"));
    t.hear(error(0, ""));
    t.hear(error(0, ""));
    assertEquals([t.outcome()?.error?.message, t.ended()], ["began again", true]);
    t.clock.advance(5000);
    assertEquals(t.clock.listeners, 0);
  }
});

Deno.test("Driver that is replaced stores nothing more", () => {
  const t = drive(receiver());
  t.run.start();
  t.run.replace(new CancelledError("began again"));
  t.hear(data(1, "late"));
  t.run.cancel("over");
  assertEquals([t.outcome()?.error?.message, t.ended()], ["began again", true]);
  assertEquals([t.sent.length, t.sink.calls], [1, []]);
});

Deno.test("Driver that is replaced while it dallies goes on repeating its last ACK", () => {
  const t = drive(receiver());
  t.run.start();
  t.hear(data(1, "all"));
  t.run.replace(new CancelledError("began again"));
  t.clock.advance(400);
  t.hear(data(1, "all"));
  assertEquals(t.sent.slice(1), ["ACK 1 to 2070", "ACK 1 to 2070"]);
  t.clock.advance(500);
  assertEquals([t.outcome()?.error, t.ended(), t.clock.listeners], [undefined, true, 0]);
});
