/** The events of a Repair, and how it learns how its receiver behaves. */

import { assertEquals } from "@std/assert";
import { Repair } from "../../../src/protocol/repair.ts";
import { RoundTrip } from "../../../src/protocol/round_trip.ts";
import { SentLog } from "../../../src/protocol/sent_log.ts";

export const ROUND_TRIP_MS = 20;

/** A sender's log, as far as a Repair sees it. */
export class Story {
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
  advances(base: number, index: number, nowMs = 1e6): boolean {
    return this.repair.advanced(base, index, { next: this.#next, nowMs });
  }
}

/** A story of windowsize 8 whose first window, sent at 0, is open from block 3 on at 20. */
export function withGapAt3(): Story {
  const story = new Story(8).sends(1, 8, 0);
  assertEquals(story.advances(1, 2), false);
  assertEquals(story.repair.missing(3, ROUND_TRIP_MS), true);
  return story;
}

/** The same, where the one block that was sent again had soon let the ACK jump. */
export function withReceiverThatKeeps(): Story {
  const story = withGapAt3();
  story.repair.plan(3, 20);
  story.sends(3, 3, 20);
  assertEquals(story.advances(3, 8), false);
  return story;
}

/** The same, where two probes stayed unanswered. */
export function withReceiverThatDrops(): Story {
  const story = withGapAt3();
  for (const nowMs of [20, 100]) {
    story.repair.plan(3, nowMs);
    story.sends(3, 3, nowMs);
    story.repair.probeUnanswered();
    story.sends(3, 8, nowMs + 40);
  }
  return story;
}
