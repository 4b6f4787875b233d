/** Which ACKs a Repair takes for reports of a missing block. */

import { assertEquals } from "@std/assert";
import {
  ROUND_TRIP_MS,
  Story,
  withGapAt3,
  withReceiverThatDrops,
  withReceiverThatKeeps,
} from "../helpers/sim/repair_story.ts";

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

Deno.test("Repair lets reports of blocks that were not missing be no reports", () => {
  const story = new Story(2);
  /** A window of two: the first is acknowledged after a round trip, the second a moment later. */
  const isBelieved = (first: number, nowMs: number) => {
    story.sends(first, first + 1, nowMs).advances(first, first, nowMs + 20);
    const missing = story.repair.missing(first + 1, nowMs + 20);
    if (missing) story.sends(first + 1, first + 1, nowMs + 20);
    // Sooner than the repeat can have come.
    story.advances(first + 1, first + 1, nowMs + 21);
    return missing;
  };
  const believed = [1, 3, 5, 7, 9, 11].map((first) => isBelieved(first, 100 * first));
  assertEquals(believed, [true, true, true, true, false, false]);
  story.sends(13, 14, 1300).repair.timedOut(13, 1500);
  story.sends(13, 13, 1500).advances(13, 14, 1520);
  assertEquals(isBelieved(15, 1600), true, "after a timeout the next report is believed");
});

Deno.test("Repair lets repeated ACKs that reported nothing be no reports for a while", () => {
  const story = new Story(2);
  /** A window whose ACKs come with the one before once more, in answer to a repeat of that. */
  const isBelieved = (first: number, nowMs: number) => {
    story.sends(first, first + 1, nowMs);
    const believed = story.repair.believes(first, nowMs + 21);
    if (believed) story.sends(first, first + 1, nowMs + 21);
    // Sooner than the repeat can have come.
    story.advances(first, first + 1, nowMs + 21);
    return believed;
  };
  const believed = [1, 3, 5, 7, 9, 11].map((first) => isBelieved(first, 11 * first));
  assertEquals(believed, [true, true, true, true, true, false]);
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

Deno.test("Repair does not take what left after a retransmitted block for missing", () => {
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
  const { repair, roundTrip } = story;
  const believed = (...times: number[]) => times.map((ms) => repair.believes(9, ms));
  const { minimumMs } = roundTrip;
  assertEquals(believed(100, 100 + minimumMs - 0.1, 100 + minimumMs + 0.1), [false, false, true]);
  for (const [nowMs, times] of [[200, 1], [300, 2], [400, 4]] as const) {
    story.sends(9, 9, nowMs);
    const again = nowMs + times * minimumMs;
    assertEquals(believed(again - 0.1, again + 0.1), [false, true]);
  }
});

Deno.test("Repair waits for a usual round trip where a receiver drops", () => {
  const story = withReceiverThatDrops().sends(9, 16, 1000);
  for (let sample = 0; sample < 50; sample++) story.roundTrip.sample(200);
  const { typicalMs, minimumMs } = story.roundTrip;
  assertEquals(minimumMs, 45, "twice the swiftest answer and a little more");
  const believed = [minimumMs, typicalMs - 1, typicalMs + 1].map((ms) =>
    story.repair.believes(9, 1000 + ms)
  );
  assertEquals(believed, [false, false, true]);
});

Deno.test("Repair believes nothing while it waits for a verdict", () => {
  const { repair } = withGapAt3();
  repair.plan(3, 20);
  assertEquals(repair.believes(3, 1e9), false);
});
