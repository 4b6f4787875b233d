import { assertEquals } from "@std/assert";
import { OldBlocks } from "../../src/protocol/old_blocks.ts";
import { RoundTrip } from "../../src/protocol/round_trip.ts";

/** A round trip that always took so long. */
function always(ms: number): RoundTrip {
  const roundTrip = new RoundTrip({ firstMs: 1000, floorMs: 20, maxMs: 8000 });
  for (let sample = 0; sample < 400; sample++) roundTrip.sample(ms);
  return roundTrip;
}

/** The pauses after so many repeats. */
function pauses(old: OldBlocks, repeats: number): number[] {
  return Array.from({ length: repeats }, () => {
    const { pauseMs } = old;
    old.repeated(0);
    return Math.round(pauseMs);
  });
}

Deno.test("OldBlocks waits a round trip and then longer each time, up to a second or two", () => {
  assertEquals(pauses(new OldBlocks(always(100), 8), 6), [100, 200, 400, 800, 1000, 1000]);
  assertEquals(pauses(new OldBlocks(always(0.1), 8), 4), [3, 6, 12, 24]);
  assertEquals(pauses(new OldBlocks(always(3000), 8), 3), [2000, 2000, 2000]);
});

Deno.test("OldBlocks waits a round trip again when something new has come", () => {
  const old = new OldBlocks(always(100), 8);
  pauses(old, 3);
  assertEquals(old.repeats, 3);
  old.interrupted(100);
  assertEquals([old.repeats, Math.round(old.pauseMs)], [0, 100]);
});

Deno.test("OldBlocks lead on to what is missing for two windows", () => {
  const old = new OldBlocks(always(100), 2);
  const leads = () => Array.from({ length: 6 }, () => old.leadOn());
  assertEquals(leads(), [true, true, true, true, false, false]);
  old.interrupted(100);
  assertEquals(leads(), [true, true, true, true, false, false]);
});

Deno.test("OldBlocks takes as many echoes for granted as ACKs were repeated before", () => {
  const roundTrip = always(10);
  const old = new OldBlocks(roundTrip, 1);
  old.repeated(100);
  old.repeated(200);
  assertEquals(old.isEcho(210), false, "nothing new has come: the ACK was lost");
  old.interrupted(210);
  assertEquals([old.isEcho(260), old.isEcho(270), old.isEcho(280)], [true, true, false]);
  // Samples of 60 and 70 ms after many of 10: 23 ms and four times 22.8.
  assertEquals(Math.round(roundTrip.timeoutMs), 114);
  old.interrupted(10);
  assertEquals(old.isEcho(300), false);
});

Deno.test("OldBlocks takes for an echo what comes within one and a half round trips", () => {
  const after = (answeredMs: number, ms: number) => {
    const old = new OldBlocks(always(10), 1);
    old.repeated(250);
    old.interrupted(answeredMs);
    return old.isEcho(250 + ms);
  };
  assertEquals([after(300, 449), after(300, 451)], [true, false]);
  assertEquals([after(20, 29), after(20, 31)], [true, false]);
  // What took seconds was no round trip alone: two seconds are the end.
  assertEquals([after(5000, 1999), after(5000, 2001)], [true, false]);
});
