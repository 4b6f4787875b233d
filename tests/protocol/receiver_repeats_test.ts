/** What a receiver makes of a sender with fixed waits, whose block comes again in earnest. */

import { assertEquals } from "@std/assert";
import { RoundTrip } from "../../src/protocol/mod.ts";
import { blocksOf, receiver, SMALL, TIMING, windowed } from "../helpers/sim/machines.ts";
import { Timeline } from "../helpers/sim/timeline.ts";
import { ack, fileOf } from "../helpers/net/wire.ts";

/** Three blocks, the last of 4 bytes. */
const FILE = fileOf(20);
const blocks = blocksOf(FILE, 8);

/** What each fixed wait of a client is, in milliseconds. */
const WAITS_MS = [100, 300, 1000, 3000, 5000];

/** A client that writes to flash before it sends a block: the ACK before comes more than once. */
const SILENCES_MS = [300, 900, 2000, 5000];

/** A receiver that has sent its ACK of the block before again while the client was silent. */
function afterSilence(index: number, silenceMs: number, dallyMs = 60_000) {
  const machine = receiver(SMALL, { dallyMs });
  const line = new Timeline(machine).at(0).starts().sends(ack(0));
  for (let before = 1; before < index; before++) {
    line.after(1).receives(...blocks(before)).takePerformed();
  }
  const comesMs = (index - 1) + silenceMs;
  while (machine.deadlineMs < comesMs) line.atDeadline().timesOut().sends(ack(index - 1));
  line.at(comesMs).receives(...blocks(index)).takePerformed();
  return { line, machine };
}

Deno.test("Receiver answers the first repeat of the last block in any case", () => {
  for (const silenceMs of SILENCES_MS) {
    for (const waitMs of WAITS_MS) {
      const { line } = afterSilence(3, silenceMs);
      line.after(waitMs).receives(...blocks(3)).sends(ack(3));
      // Nor is that the last one.
      line.after(waitMs).receives(...blocks(3)).sends(ack(3));
    }
  }
});

Deno.test("Receiver answers repeats of other blocks after 2 s at most", () => {
  for (const index of [1, 2]) {
    for (const silenceMs of SILENCES_MS) {
      for (const waitMs of WAITS_MS) {
        const { line } = afterSilence(index, silenceMs);
        let heardMs = 0;
        for (let repeat = 1; heardMs === 0 && repeat <= 21; repeat++) {
          line.after(waitMs).receives(...blocks(index));
          if (line.takePerformed().length > 0) heardMs = repeat * waitMs;
        }
        const what = `block ${index}, silent for ${silenceMs} ms, repeated after ${waitMs} ms`;
        assertEquals([what, heardMs > 0 && heardMs < 2000 + waitMs], [what, true]);
      }
    }
  }
});

Deno.test("Receiver answers a repeat of the last block behind one that came three times", () => {
  const short = blocksOf(FILE.subarray(0, 11), 8);
  const line = new Timeline(receiver(SMALL, { dallyMs: 12_000 })).at(0).starts().sends(ack(0));
  line.at(1).receives(...short(1)).takePerformed();
  line.at(5).receives(...short(1)).sends(ack(1)).at(20).receives(...short(1)).sends(ack(1));
  line.at(30).receives(...short(2)).takePerformed();
  line.at(5030).receives(...short(2)).sends(ack(2)).goesOn();
});

Deno.test("Receiver repeats its last ACK after 50 ms, whatever the round trip", () => {
  const roundTrip = new RoundTrip(TIMING);
  for (let sample = 0; sample < 10; sample++) roundTrip.sample(3000);
  const line = new Timeline(receiver(SMALL, { roundTrip })).at(0).starts().sends(ack(0));
  for (const index of [1, 2, 3]) line.after(3000).receives(...blocks(index)).takePerformed();
  line.after(49).receives(...blocks(3, 2, 3)).doesNothing();
  line.after(1).receives(...blocks(3, 3)).sends(ack(3)).after(50).receives(...blocks(3)).sends(
    ack(3),
  );
  line.goesOn();
});

Deno.test("Receiver dallies again with each last ACK it repeats, but not for ever", () => {
  const { line } = afterSilence(3, 1, 12_000);
  line.waitsUntil(12_003);
  line.at(10_003).receives(...blocks(3)).sends(ack(3)).waitsUntil(22_003);
  line.at(22_000).receives(...blocks(3)).sends(ack(3)).waitsUntil(34_000);
  line.at(33_000).receives(...blocks(3)).sends(ack(3)).waitsUntil(36_003);
  line.atDeadline().timesOut().ends();
});

Deno.test("Receiver counts the blocks that came again and the gaps that it reported", () => {
  const machine = receiver(windowed(4));
  const line = new Timeline(machine).at(0).starts().sends(ack(0));
  const many = blocksOf(fileOf(800), 8);
  line.at(1).receives(...many(1, 1, 3, 3, 4)).takePerformed();
  assertEquals([machine.duplicates, machine.gaps], [2, 1]);
  line.receives(...many(2)).takePerformed();
  line.at(50).receives(...many(4, 6)).takePerformed();
  assertEquals([machine.duplicates, machine.gaps], [3, 2]);
});
