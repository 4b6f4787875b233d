/** The table of repair.ts as tests: how each habit is learnt, what it does, how it is unlearnt. */

import { assertEquals } from "@std/assert";
import {
  Story,
  withGapAt3,
  withReceiverThatDrops,
  withReceiverThatKeeps,
} from "../helpers/sim/repair_story.ts";

const ALL = Infinity;

Deno.test("Repair counts a window that got through at once as clean", () => {
  const story = new Story(8).sends(1, 8, 0);
  assertEquals(story.advances(1, 8), true);
  story.sends(9, 16, 20);
  assertEquals([story.advances(9, 12), story.advances(13, 16)], [false, true]);
});

Deno.test("Repair asks a receiver of unknown habit with one block and waits for the answer", () => {
  const { repair } = withGapAt3();
  assertEquals([repair.probing, repair.probeTimeoutAtMs], [false, Infinity]);
  assertEquals(repair.plan(3, 20), 1);
  // Half a round trip more than usual: the variance has died away.
  assertEquals([repair.probing, Math.round(repair.probeTimeoutAtMs)], [true, 50]);
});

Deno.test("Repair waits for a verdict as long as the report took at least", () => {
  const { repair } = new Story(8).sends(1, 8, 0);
  assertEquals([repair.plan(3, 1000), repair.probeTimeoutAtMs], [1, 2250]);
});

Deno.test("Repair learns from an ACK that jumps over the one block that the receiver keeps", () => {
  const { repair } = withReceiverThatKeeps();
  assertEquals(repair.probing, false);
  assertEquals([repair.plan(11, 60), repair.probing], [1, false]);
});

Deno.test("Repair learns from a jump that stops at the next gap, too", () => {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20);
  assertEquals(story.advances(3, 5), false);
  assertEquals([story.repair.probing, story.repair.plan(6, 40)], [false, 1]);
});

Deno.test("Repair takes a receiver for one that drops when two probes stay unanswered", () => {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20);
  assertEquals([story.repair.probeUnanswered(), story.repair.probing], [true, false]);
  assertEquals(story.repair.plan(3, 100), 1, "one lost probe says nothing");
  story.sends(3, 3, 100);
  assertEquals(story.repair.probeUnanswered(), true);
  assertEquals([story.repair.plan(3, 200), story.repair.probing], [ALL, false]);
});

Deno.test("Repair forgets an unanswered probe when the next one is answered", () => {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20).repair.probeUnanswered();
  story.sends(3, 8, 60);
  story.repair.plan(3, 100);
  story.sends(3, 3, 100);
  story.advances(3, 8);
  story.sends(9, 16, 120);
  for (const nowMs of [140, 200]) assertEquals(story.repair.plan(9, nowMs), 1);
});

Deno.test("Repair sees that a receiver keeps after all, by an ACK of what left before", () => {
  const story = withReceiverThatDrops();
  assertEquals(story.repair.plan(3, 200), ALL);
  // Only block 3 is sent again, and all is acknowledged.
  story.sends(3, 3, 200);
  assertEquals(story.advances(3, 8), false);
  story.sends(9, 16, 220);
  assertEquals(story.repair.plan(9, 240), 1);
});

Deno.test("Repair learns nothing from a whole window that was sent again", () => {
  const story = withReceiverThatDrops();
  assertEquals(story.advances(3, 8), false, "not a clean window, though");
  story.sends(9, 16, 220);
  assertEquals(story.repair.plan(9, 240), ALL);
});

Deno.test("Repair retransmits twice as much while whole runs of blocks are missing", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 40);
  const retransmitted: number[] = [];
  story.advances(9, 9);
  // Blocks 10 to 15 are missing; each retransmitted run is acknowledged to its end.
  let base = 10;
  for (let nowMs = 60; base <= 15; nowMs += 20) {
    const blocks = story.repair.plan(base, nowMs);
    retransmitted.push(blocks);
    story.sends(base, base + blocks - 1, nowMs);
    base += blocks;
    story.advances(base - blocks, base === 17 ? 16 : base - 1);
  }
  assertEquals(retransmitted, [1, 2, 4]);
});

Deno.test("Repair retransmits one block again after a jump", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 40);
  story.advances(9, 9);
  for (const [base, acked] of [[10, 12], [13, 14], [15, 16]] as const) {
    assertEquals(story.repair.plan(base, 60 + base), 1);
    story.sends(base, base, 60 + base);
    story.advances(base, acked);
  }
});

Deno.test("Repair samples the round trip by blocks that let an ACK jump", () => {
  const story = withGapAt3();
  story.repair.plan(3, 500);
  story.sends(3, 3, 500);
  story.advances(3, 8, 512);
  assertEquals(story.roundTrip.fastestMs, 12);
  story.sends(9, 16, 520).advances(9, 9, 540);
  story.sends(10, 10, 540).sends(10, 10, 560);
  story.advances(10, 16, 561);
  assertEquals(story.roundTrip.fastestMs, 12, "but not when it may answer either of two repeats");
});

Deno.test("Repair sends one block at a deadline, everything where the receiver drops", () => {
  assertEquals(new Story(8).sends(1, 8, 0).repair.timedOut(1, 1000), 1);
  assertEquals(withReceiverThatKeeps().sends(9, 16, 40).repair.timedOut(9, 1000), 1);
  assertEquals(withReceiverThatDrops().repair.timedOut(3, 1000), ALL);
});

Deno.test("Repair waits for no verdict in lockstep", () => {
  const { repair } = new Story(1).sends(1, 1, 0);
  assertEquals([repair.timedOut(1, 1000), repair.probing], [1, false]);
});

Deno.test("Repair learns from two ACKs of a repeated block that the repeat was needless", () => {
  const story = new Story(1).sends(1, 1, 0).sends(1, 1, 30);
  story.advances(1, 1);
  assertEquals(Math.round(story.roundTrip.timeoutMs), 30);
  story.repair.acknowledgedTwice(1, 90);
  // The repeat took 60 ms after many of 20: 25 ms and four times 10. The floor is 40.
  assertEquals(Math.round(story.roundTrip.timeoutMs), 65);
  const after = story.roundTrip.timeoutMs;
  story.repair.acknowledgedTwice(1, 500);
  assertEquals(story.roundTrip.timeoutMs, after, "a third ACK says nothing more");
});

Deno.test("Repair learns nothing from a second ACK that comes later than any answer can", () => {
  const learns = (answeredMs: number, againMs: number) => {
    const story = new Story(1).sends(1, 1, 0).sends(1, 1, 30);
    story.advances(1, 1, answeredMs);
    const { timeoutMs } = story.roundTrip;
    story.repair.acknowledgedTwice(1, againMs);
    return story.roundTrip.timeoutMs !== timeoutMs;
  };
  // It left last at 30, and no round trip is longer than the first answer took.
  assertEquals([learns(40, 30 + 59), learns(40, 30 + 61)], [true, false]);
  assertEquals([learns(9000, 30 + 1999), learns(9000, 30 + 2001)], [true, false]);
});

Deno.test("Repair takes a probe for unanswered when the next deadline passes, too", () => {
  const story = new Story(8).sends(1, 8, 0);
  assertEquals([story.repair.timedOut(1, 1000), story.repair.probing], [1, true]);
  story.sends(1, 1, 1000);
  assertEquals([story.repair.timedOut(1, 2000), story.repair.probing], [ALL, false]);
  // A probe that a report has led to may have left just before the deadline.
  story.repair.plan(1, 2990);
  assertEquals([story.repair.timedOut(1, 3000), story.repair.probing], [1, true]);
});

Deno.test("Repair learns nothing from two ACKs of a block that was sent once", () => {
  const story = new Story(1).sends(1, 1, 0);
  story.advances(1, 1);
  const before = story.roundTrip.timeoutMs;
  story.repair.acknowledgedTwice(1, 500);
  assertEquals(story.roundTrip.timeoutMs, before);
});
