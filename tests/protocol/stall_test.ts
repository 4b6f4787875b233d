import { assertEquals } from "@std/assert";
import { RoundTrip } from "../../src/protocol/round_trip.ts";
import { Stall } from "../../src/protocol/stall.ts";

/** A stall beside a round trip that always took so long. */
function stallBeside(roundTripMs: number): Stall {
  const roundTrip = new RoundTrip({ firstMs: 1000, floorMs: 20, maxMs: 8000 });
  for (let sample = 0; sample < 100; sample++) roundTrip.sample(roundTripMs);
  return new Stall(roundTrip);
}

Deno.test("Stall expects nothing before the first block of a window, and after its ACK", () => {
  const stall = stallBeside(100);
  assertEquals(stall.deadlineMs, Infinity);
  stall.arrived(10, false);
  stall.clear();
  assertEquals(stall.deadlineMs, Infinity);
});

Deno.test("Stall waits a quarter of a round trip for the next block, and 25 ms at least", () => {
  const far = stallBeside(400);
  far.arrived(10, false);
  assertEquals(Math.round(far.deadlineMs), 110);
  const near = stallBeside(0.1);
  near.arrived(10, false);
  assertEquals(near.deadlineMs, 35);
});

Deno.test("Stall waits four times the distance of blocks that come slowly", () => {
  const stall = stallBeside(0.1);
  for (let block = 0; block < 100; block++) stall.arrived(block * 10, false);
  assertEquals(Math.round(stall.deadlineMs - 990), 40);
});

Deno.test("Stall takes no distance from one window to the next", () => {
  const stall = stallBeside(0.1);
  for (let window = 0; window < 50; window++) {
    stall.arrived(window * 1000, false);
    stall.clear();
  }
  stall.arrived(50_000, false);
  assertEquals(stall.deadlineMs, 50_025);
});

Deno.test("Stall waits a round trip and a half for the block that fills a gap", () => {
  const stall = stallBeside(100);
  stall.arrived(10, true);
  assertEquals(Math.round(stall.deadlineMs), 160);
});

Deno.test("Stall waits on while blocks come that were here already", () => {
  const stall = stallBeside(100);
  stall.repeated(5);
  assertEquals(stall.deadlineMs, Infinity, "nothing new has come yet");
  stall.arrived(10, false);
  stall.repeated(30);
  assertEquals(Math.round(stall.deadlineMs), 55);
  stall.arrived(60, true);
  stall.repeated(70);
  assertEquals(Math.round(stall.deadlineMs), 210);
});

Deno.test("Stall is reported once", () => {
  const stall = stallBeside(100);
  stall.arrived(10, false);
  stall.reported(35);
  assertEquals(stall.deadlineMs, Infinity);
});

Deno.test("Stall waits twice as long when a block comes sooner than a report is answered", () => {
  const stall = stallBeside(100);
  const waits: number[] = [];
  for (let nowMs = 0; waits.length < 6; nowMs += 1000) {
    stall.arrived(nowMs, false);
    waits.push(Math.round(stall.deadlineMs - nowMs));
    stall.reported(nowMs + 30);
    // Less than half of the fastest round trip later: it was on its way.
    stall.arrived(nowMs + 70, false);
    stall.clear();
  }
  assertEquals(waits, [25, 50, 100, 200, 400, 400]);
});

Deno.test("Stall trusts its pause as long as its reports are answered", () => {
  const stall = stallBeside(100);
  for (let nowMs = 0; nowMs < 5000; nowMs += 1000) {
    stall.arrived(nowMs, false);
    assertEquals(Math.round(stall.deadlineMs - nowMs), 25);
    stall.reported(nowMs + 25);
    stall.arrived(nowMs + 125, false);
    stall.clear();
  }
});
