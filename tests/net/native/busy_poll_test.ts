import { assert, assertEquals } from "@std/assert";
import { BusyPoll } from "../../../src/net/native/busy_poll.ts";

/** How many of so many waits begin with a poll, where none, or each, finds something. */
function pollsIn(waits: number, poll: BusyPoll, finds: boolean): number {
  let polls = 0;
  for (let wait = 0; wait < waits; wait++) {
    if (!poll.isDue()) continue;
    polls++;
    poll.ended(finds);
  }
  return polls;
}

Deno.test("BusyPoll begins each wait with a poll while that finds something", () => {
  assertEquals(pollsIn(1000, new BusyPoll(2), true), 1000);
});

Deno.test("BusyPoll gives up what finds nothing, and tries it again ever more rarely", () => {
  const poll = new BusyPoll(2);
  assert(pollsIn(1000, poll, false) <= 7);
  assert(pollsIn(100_000, poll, false) <= 28);
});

Deno.test("BusyPoll polls again at once after one that has found something", () => {
  const poll = new BusyPoll(2);
  pollsIn(100_000, poll, false);
  while (!poll.isDue());
  poll.ended(true);
  assertEquals(pollsIn(1000, poll, true), 1000);
  assertEquals(pollsIn(17, poll, false), 1, "the first to find nothing costs few waits");
  assertEquals(poll.isDue(), true);
});

Deno.test("BusyPoll never polls on a single core, which a client may need", () => {
  assertEquals(pollsIn(1000, new BusyPoll(1), true), 0);
});
