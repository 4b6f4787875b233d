/** How long a sender waits, and what it learns from the answers. */

import { assert, assertEquals } from "@std/assert";
import { RoundTrip } from "../../src/protocol/mod.ts";
import { script, sender, SMALL, TIMING, windowed } from "../helpers/sim/machines.ts";
import { ack, fileOf } from "../helpers/net/wire.ts";

Deno.test("Sender repeats its block with growing waits until it is acknowledged", () => {
  const machine = sender(SMALL);
  const { line, blocks } = script(machine, fileOf(20));
  line.at(0).starts().sends(...blocks(1));
  const first = machine.deadlineMs;
  line.at(first - 1).ticks().doesNothing();
  line.atDeadline().timesOut().sends(...blocks(1));
  assert(machine.deadlineMs - first > first, "The second wait is longer");
  line.atDeadline().timesOut().sends(...blocks(1));
  line.receives(ack(1)).sends(...blocks(2)).goesOn();
  assertEquals(machine.retransmits, 2);
});

Deno.test("Sender waits the agreed timeout, every time", () => {
  const { line, blocks } = script(sender({ ...SMALL, timeoutMs: 3000 }), fileOf(20));
  line.at(0).starts().sends(...blocks(1)).waitsUntil(3000).atDeadline().timesOut();
  line.sends(...blocks(1)).waitsUntil(6000).atDeadline().timesOut().sends(...blocks(1)).goesOn();
});

Deno.test("Sender waits as long as the round trips that it has measured suggest", () => {
  const { line, blocks } = script(sender(SMALL), fileOf(800));
  line.at(0).starts().sends(...blocks(1)).waitsUntil(1000);
  // One fast answer says little; several say enough.
  line.at(30).receives(ack(1)).sends(...blocks(2)).waitsUntil(230);
  line.at(60).receives(ack(2)).sends(...blocks(3)).waitsUntil(60 + 75);
  for (let index = 3; index < 60; index++) {
    line.after(30).receives(ack(index)).sends(...blocks(index + 1));
  }
  assertEquals(Math.round(line.machine.deadlineMs - 59 * 30), 45);
  line.goesOn();
});

Deno.test("Sender takes no sample from the answer to a repeat", () => {
  const { line, blocks } = script(sender(SMALL), fileOf(800));
  line.at(0).starts().sends(...blocks(1)).at(1000).timesOut().sends(...blocks(1));
  // Karn: this may answer either of the two.
  line.at(1010).receives(ack(1)).sends(...blocks(2)).waitsUntil(2010);
  line.at(1110).receives(ack(2)).sends(...blocks(3)).waitsUntil(1110 + 300).goesOn();
});

Deno.test("Sender waits longer when a repeat has turned out to be needless", () => {
  const { line, blocks } = script(sender(SMALL), fileOf(8000));
  line.at(0).starts().sends(...blocks(1));
  for (let index = 1; index < 100; index++) {
    line.after(10).receives(ack(index)).sends(...blocks(index + 1));
  }
  line.waitsUntil(990 + 20).at(1010).timesOut().sends(...blocks(100));
  // Both copies are acknowledged, the second one 45 ms after it left: no DATA, but a lesson.
  line.at(1045).receives(ack(100)).sends(...blocks(101));
  const { deadlineMs } = line.machine;
  line.at(1055).receives(ack(100)).doesNothing().waitsUntil(deadlineMs);
  line.at(1065).receives(ack(101)).sends(...blocks(102));
  // The samples say 47 ms; the floor would be 40, after one that was 20.
  assertEquals(Math.round(line.machine.deadlineMs), 1065 + 47);
  line.goesOn();
});

Deno.test("Sender takes no ACK that comes late for the answer to a repeat", () => {
  const roundTrip = new RoundTrip(TIMING);
  const { line, blocks } = script(sender(SMALL, { roundTrip }), fileOf(800));
  line.at(0).starts().sends(...blocks(1));
  for (let index = 1; index < 50; index++) {
    line.after(10).receives(ack(index)).sends(...blocks(index + 1));
  }
  line.at(510).timesOut().sends(...blocks(50)).at(520).receives(ack(50)).sends(...blocks(51));
  // Block 51 is lost, and the receiver asks for it, which it does after some time of its own.
  while (line.machine.deadlineMs < 900) line.atDeadline().timesOut().sends(...blocks(51));
  const { timeoutMs } = roundTrip;
  line.at(900).receives(ack(50)).doesNothing();
  assertEquals(roundTrip.timeoutMs, timeoutMs);
});

Deno.test("Sender with an agreed timeout sends a window when a block gets no answer", () => {
  const machine = sender({ ...windowed(4), timeoutMs: 1000 });
  const { line, blocks } = script(machine, fileOf(800));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4));
  // It may keep what it has, and only the first block be missing; else it says nothing to that.
  line.at(1000).timesOut().sends(...blocks(1));
  line.at(2000).timesOut().sends(...blocks(1, 2, 3, 4));
  line.at(3000).timesOut().sends(...blocks(1));
  assertEquals(machine.retransmits, 6);
  line.receives(ack(1)).takePerformed();
  line.goesOn();
});

Deno.test("Sender takes up the round trip that the opening has measured", () => {
  const roundTrip = new RoundTrip(TIMING);
  roundTrip.sample(100);
  const { line, blocks } = script(sender(SMALL, { roundTrip }), fileOf(20));
  line.at(0).starts().sends(...blocks(1)).waitsUntil(300).goesOn();
});

Deno.test("Sender does not count the time that its source takes as the peer's", () => {
  const machine = sender(SMALL);
  machine.start(0);
  assertEquals(machine.deadlineMs, Infinity);
  machine.loaded(3, 70_000);
  assertEquals(machine.deadlineMs, 71_000);
});
