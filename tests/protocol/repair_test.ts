/** The table of repair.ts as tests: how each habit is learnt, what it does, how it is unlearnt. */

import { assertEquals } from "@std/assert";
import { Repair } from "../../src/protocol/repair.ts";
import { RoundTrip } from "../../src/protocol/round_trip.ts";
import { SentLog } from "../../src/protocol/sent_log.ts";

const ROUND_TRIP_MS = 20;
const ALL = Infinity;

/** A sender's log, as far as a Repair sees it. */
class Story {
  readonly roundTrip = new RoundTrip({ firstMs: 1000, floorMs: 20, maxMs: 8000 });
  readonly repair: Repair;
  readonly #sent: SentLog;
  #next = 1;

  constructor(windowsize: number) {
    for (let sample = 0; sample < 50; sample++) this.roundTrip.sample(ROUND_TRIP_MS);
    this.#sent = new SentLog(windowsize);
    this.repair = new Repair(this.#sent, this.roundTrip, windowsize);
  }

  /** Blocks leave at a time. */
  sends(first: number, last: number, nowMs: number): this {
    this.#sent.note(first, last, this.#next, nowMs);
    this.#next = Math.max(this.#next, last + 1);
    return this;
  }

  /** An ACK moves from a base to an index; says whether a whole window was clean. */
  advances(base: number, index: number): boolean {
    return this.repair.advanced(base, index, this.#next);
  }
}

/** A story of windowsize 8 whose first window, sent at 0, is open from block 3 on at 20. */
function withGapAt3(): Story {
  const story = new Story(8).sends(1, 8, 0);
  assertEquals(story.advances(1, 2), false);
  assertEquals(story.repair.missing(3, ROUND_TRIP_MS), true);
  return story;
}

/** The same, where the one block that was sent again had soon let the ACK jump. */
function withReceiverThatKeeps(): Story {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20);
  assertEquals(story.advances(3, 8), false);
  return story;
}

/** The same, where two probes stayed unanswered. */
function withReceiverThatDrops(): Story {
  const story = withGapAt3();
  for (const nowMs of [20, 100]) {
    story.repair.plan(3, nowMs);
    story.sends(3, 3, nowMs);
    story.repair.condemn();
    story.sends(3, 8, nowMs + 40);
  }
  return story;
}

Deno.test("Repair counts a window that got through at once as clean", () => {
  const story = new Story(8).sends(1, 8, 0);
  assertEquals(story.advances(1, 8), true);
  story.sends(9, 16, 20);
  assertEquals([story.advances(9, 12), story.advances(13, 16)], [false, true]);
});

Deno.test("Repair asks a receiver of unknown habit with one block and waits for the answer", () => {
  const { repair } = withGapAt3();
  assertEquals([repair.probing, repair.verdictAtMs], [false, Infinity]);
  assertEquals(repair.plan(3, 20), 1);
  // Half a round trip more than usual: the variance has died away.
  assertEquals([repair.probing, Math.round(repair.verdictAtMs)], [true, 50]);
});

Deno.test("Repair waits for a verdict as long as the report took at least", () => {
  const { repair } = new Story(8).sends(1, 8, 0);
  assertEquals([repair.plan(3, 1000), repair.verdictAtMs], [1, 2250]);
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
  assertEquals([story.repair.condemn(), story.repair.probing], [true, false]);
  assertEquals(story.repair.plan(3, 100), 1, "one lost probe says nothing");
  story.sends(3, 3, 100);
  assertEquals(story.repair.condemn(), true);
  assertEquals([story.repair.plan(3, 200), story.repair.probing], [ALL, false]);
});

Deno.test("Repair forgets an unanswered probe when the next one is answered", () => {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20).repair.condemn();
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

Deno.test("Repair mends twice as much while whole runs of blocks are missing", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 40);
  const mended: number[] = [];
  story.advances(9, 9);
  // Blocks 10 to 15 are missing; each mended run is acknowledged to its end.
  let base = 10;
  for (let nowMs = 60; base <= 15; nowMs += 20) {
    const blocks = story.repair.plan(base, nowMs);
    mended.push(blocks);
    story.sends(base, base + blocks - 1, nowMs);
    base += blocks;
    story.advances(base - blocks, base === 17 ? 16 : base - 1);
  }
  assertEquals(mended, [1, 2, 4]);
});

Deno.test("Repair mends one block again after a jump", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 40);
  story.advances(9, 9);
  for (const [base, acked] of [[10, 12], [13, 14], [15, 16]] as const) {
    assertEquals(story.repair.plan(base, 60 + base), 1);
    story.sends(base, base, 60 + base);
    story.advances(base, acked);
  }
});

Deno.test("Repair lets ACKs that advance block by block be no reports", () => {
  const story = new Story(8).sends(1, 8, 0);
  const missing = [1, 2, 3, 4].map((index) => {
    story.advances(index, index);
    return story.repair.missing(index + 1, ROUND_TRIP_MS + index);
  });
  assertEquals(missing, [true, true, false, false]);
  story.sends(9, 12, 30);
  story.advances(5, 5);
  assertEquals(story.repair.missing(6, 1000), false);
});

Deno.test("Repair takes no ACK for a report before the block can have been missed", () => {
  const story = new Story(8).sends(1, 8, 0);
  story.advances(1, 2);
  assertEquals(story.repair.missing(3, 0.7 * ROUND_TRIP_MS), false);
});

Deno.test("Repair asks about what is missing once per advance", () => {
  const { repair } = withGapAt3();
  assertEquals(repair.missing(3, 1000), false);
});

Deno.test("Repair does not take what left after a mended block for missing", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 40);
  story.advances(9, 9);
  story.repair.plan(10, 60);
  story.sends(10, 10, 60).sends(17, 17, 60);
  assertEquals(story.advances(10, 16), false);
  // The ACK answers block 10, which overtook nothing: 17 is on its way.
  assertEquals(story.repair.missing(17, 80), false);
});

Deno.test("Repair believes a repeated ACK once per round trip of the block it reports", () => {
  const story = withReceiverThatKeeps().sends(9, 16, 100);
  const { repair } = story;
  const { usualMs } = story.roundTrip;
  const believed = (...times: number[]) => times.map((ms) => repair.believes(9, ms));
  assertEquals(believed(100, 100 + usualMs - 0.1, 100 + usualMs + 0.1), [false, false, true]);
  story.sends(9, 9, 200);
  assertEquals(believed(200 + usualMs - 0.1, 200 + usualMs + 0.1), [false, true]);
  story.sends(9, 9, 300);
  assertEquals(believed(300 + 2 * usualMs - 0.1, 300 + 2 * usualMs + 0.1), [false, true]);
  story.sends(9, 9, 400);
  assertEquals(believed(400 + 4 * usualMs - 0.1, 400 + 4 * usualMs + 0.1), [false, true]);
});

Deno.test("Repair believes nothing while it waits for a verdict", () => {
  const { repair } = withGapAt3();
  repair.plan(3, 20);
  assertEquals(repair.believes(3, 1e9), false);
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
  const before = story.roundTrip.timeoutMs;
  story.repair.acknowledgedTwice(1, 90);
  // The repeat took 60 ms and the floor doubles.
  assertEquals(story.roundTrip.timeoutMs > Math.max(before, 90 - 0.1), true);
  const after = story.roundTrip.timeoutMs;
  story.repair.acknowledgedTwice(1, 500);
  assertEquals(story.roundTrip.timeoutMs, after, "a third ACK says nothing more");
});

Deno.test("Repair learns nothing from two ACKs of a block that was sent once", () => {
  const story = new Story(1).sends(1, 1, 0);
  story.advances(1, 1);
  const before = story.roundTrip.timeoutMs;
  story.repair.acknowledgedTwice(1, 500);
  assertEquals(story.roundTrip.timeoutMs, before);
});
