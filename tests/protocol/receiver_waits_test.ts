/** How long a receiver waits, and what it makes of things that come twice. */

import { assertEquals } from "@std/assert";
import { PeerSilentError, RoundTrip } from "../../src/protocol/mod.ts";
import { blocksOf, bytesOf, receiver, SMALL, TIMING, windowed } from "../helpers/sim/machines.ts";
import { Timeline } from "../helpers/sim/timeline.ts";
import { ack, fileOf } from "../helpers/net/wire.ts";

Deno.test("Receiver acknowledges repeated blocks again once per round trip", () => {
  const roundTrip = new RoundTrip(TIMING);
  for (let sample = 0; sample < 100; sample++) roundTrip.sample(100);
  const blocks = blocksOf(fileOf(800), 8);
  const line = new Timeline(receiver(windowed(4), { roundTrip })).at(0).starts().sends(ack(0));
  line.at(100).receives(...blocks(1, 2, 3, 4)).takePerformed();
  line.at(199).receives(...blocks(1, 2, 3, 4)).doesNothing();
  line.at(201).receives(...blocks(1, 2, 3, 4)).sends(ack(4));
  // It may be a queue that makes them late: the next pauses are twice as long each time.
  line.at(400).receives(...blocks(4, 1)).doesNothing().at(402).receives(...blocks(4)).sends(ack(4));
  line.at(801).receives(...blocks(4)).doesNothing().at(803).receives(...blocks(4)).sends(ack(4));
  line.at(1602).receives(...blocks(4)).doesNothing().at(1604).receives(...blocks(4)).sends(ack(4));
  // But not longer than a second, nor than a round trip.
  line.at(2603).receives(...blocks(4)).doesNothing().at(2605).receives(...blocks(4)).sends(ack(4));
  line.goesOn();
});

Deno.test("Receiver acknowledges no part of a window for blocks that came before", () => {
  const file = fileOf(800);
  const blocks = blocksOf(file, 8);
  const roundTrip = new RoundTrip(TIMING);
  for (let sample = 0; sample < 400; sample++) roundTrip.sample(40);
  const line = new Timeline(receiver(windowed(4), { roundTrip })).at(0).starts().sends(ack(0));
  line.at(40).receives(...blocks(1, 2, 3, 4)).writes(bytesOf(file, 1, 4)).sends(ack(4));
  line.at(80).receives(...blocks(5)).waitsUntil(105);
  // The peer goes back further than it must; 6 is bound to follow.
  line.at(99).receives(...blocks(4)).waitsUntil(124);
  line.at(123).receives(...blocks(5)).waitsUntil(148);
  line.at(147).receives(...blocks(6, 7, 8)).writes(bytesOf(file, 5, 8)).sends(ack(8)).goesOn();
});

Deno.test("Receiver does not wait without end for what should follow repeated blocks", () => {
  const file = fileOf(800);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(2))).at(0).starts().sends(ack(0));
  line.at(40).receives(...blocks(1)).waitsUntil(65);
  for (const nowMs of [60, 70, 80, 90]) line.at(nowMs).receives(...blocks(1));
  line.waitsUntil(115).at(110).receives(...blocks(1)).waitsUntil(115).atDeadline().timesOut();
  line.writes(bytesOf(file, 1, 1)).sends(ack(1)).goesOn();
});

Deno.test("Receiver lets a peer that answers every ACK with DATA not drive it", () => {
  const file = fileOf(80);
  const [first, second, third] = blocksOf(file, 8)(1, 2, 3);
  const machine = receiver(SMALL);
  const line = new Timeline(machine).at(0).starts().sends(ack(0)).at(100).receives(first!);
  line.takePerformed();
  // Block 2 is late, our ACK is repeated, and the peer answers both ACKs.
  line.at(400).timesOut().sends(ack(1)).at(420).receives(second!).takePerformed();
  line.at(520).receives(second!).doesNothing();
  // Only one repeat was ours: another one would be the peer's own.
  line.at(900).receives(second!).sends(ack(2)).goesOn();
  assertEquals(machine.retransmits, 2);
  line.at(1000).receives(third!).takePerformed();
});

Deno.test("Receiver waits longer when a repeated ACK has turned out to be needless", () => {
  const blocks = blocksOf(fileOf(8000), 8);
  const machine = receiver(SMALL);
  const line = new Timeline(machine).at(0).starts().sends(ack(0));
  for (let index = 1; index <= 100; index++) {
    line.after(100).receives(...blocks(index)).takePerformed();
  }
  line.waitsUntil(10_250).atDeadline().timesOut().sends(ack(100));
  line.at(10_350).receives(...blocks(101)).takePerformed();
  // The echo of our repeat, 200 ms after it: a sample of its own.
  line.at(10_450).receives(...blocks(101)).doesNothing().at(10_550).receives(...blocks(102));
  line.takePerformed();
  // The shortest wait, 250 ms, is twice as long from now on.
  assertEquals(Math.round(machine.deadlineMs - 10_550), 500);
  line.goesOn();
});

Deno.test("Receiver samples the round trip by blocks that answer one ACK alone", () => {
  const blocks = blocksOf(fileOf(8000), 8);
  const roundTrip = new RoundTrip(TIMING);
  const line = new Timeline(receiver(windowed(2), { roundTrip })).at(0).starts().sends(ack(0));
  line.at(100).receives(...blocks(1)).at(150).receives(...blocks(2)).takePerformed();
  assertEquals([roundTrip.fastestMs, roundTrip.typicalMs], [100, 150]);
  // Karn: block 3 may answer either ACK.
  line.at(450).timesOut().takePerformed();
  line.at(455).receives(...blocks(3, 4)).takePerformed();
  assertEquals([roundTrip.fastestMs, roundTrip.typicalMs], [100, 150]);
  line.at(535).receives(...blocks(5)).goesOn();
  assertEquals(roundTrip.fastestMs, 80);
});

Deno.test("Receiver repeats its ACK when no data comes, and gives up in the end", () => {
  const file = fileOf(80);
  const machine = receiver(SMALL);
  const line = new Timeline(machine).at(0).starts().sends(ack(0));
  line.receives(...blocksOf(file, 8)(1)).writes(bytesOf(file, 1, 1)).sends(ack(1));
  // The first wait follows the round trip, the patience does not.
  for (const nowMs of [250, 750, 1750, 3750, 7750]) {
    line.waitsUntil(nowMs).atDeadline().timesOut().sends(ack(1));
  }
  assertEquals(machine.retransmits, 5);
  line.waitsUntil(15_000).atDeadline().timesOut().fails(PeerSilentError, "No data for 15.0 s");
  line.ends();
});

Deno.test("Receiver acknowledges a repeated block again, but not every time", () => {
  const file = fileOf(80);
  const [first] = blocksOf(file, 8)(1);
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0));
  line.receives(first!).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.receives(first!, first!, first!).doesNothing();
  line.at(900).receives(first!, first!, first!).sends(ack(1)).goesOn();
});
