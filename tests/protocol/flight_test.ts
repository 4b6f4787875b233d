import { assert, assertEquals } from "@std/assert";
import {
  agreedTiming,
  DEFAULT_TIMING,
  Flight,
  SERVER_TIMING,
  type Timing,
} from "../../src/protocol/flight.ts";

const TIMING: Timing = { firstMs: 1000, maxMs: 8000, retries: 5 };

/** When a flight that left at 0 is repeated, and when it is given up. */
function deadlines(timing: Timing): { repeats: number[]; gaveUpMs: number } {
  const flight = new Flight(timing);
  const repeats: number[] = [];
  flight.launch(0);
  for (;;) {
    const nowMs = flight.deadlineMs;
    if (!flight.repeat(nowMs)) return { repeats, gaveUpMs: nowMs };
    repeats.push(nowMs);
    assert(repeats.length <= 1000, "A flight is repeated without end");
  }
}

// The exact times of repeats are asserted in this file and nowhere else.
Deno.test("Flight doubles its wait to a bound and gives up after its repeats", () => {
  assertEquals(deadlines(TIMING), {
    repeats: [1000, 3000, 7000, 15_000, 23_000],
    gaveUpMs: 31_000,
  });
});

Deno.test("Flight never waits longer than its bound", () => {
  for (const timing of [TIMING, DEFAULT_TIMING, SERVER_TIMING, agreedTiming(TIMING, 3000)]) {
    const { repeats, gaveUpMs } = deadlines(timing);
    assertEquals(repeats.length, timing.retries);
    const waits = [...repeats, gaveUpMs].map((time, i, all) => time - (all[i - 1] ?? 0));
    assert(waits.every((wait, i) => wait <= timing.maxMs && wait >= (waits[i - 1] ?? 0)));
  }
});

Deno.test("Flight gives up at once where no repeat is allowed", () => {
  assertEquals(deadlines({ ...TIMING, retries: 0 }), { repeats: [], gaveUpMs: 1000 });
});

Deno.test("Flight waits for nothing before it is launched and after it has landed", () => {
  const flight = new Flight(TIMING);
  assertEquals(flight.deadlineMs, Infinity);
  flight.launch(0);
  assert(Number.isFinite(flight.deadlineMs));
  flight.land();
  assertEquals(flight.deadlineMs, Infinity);
});

Deno.test("Flight begins anew with each launch", () => {
  const flight = new Flight(TIMING);
  flight.launch(0);
  for (let repeat = 0; repeat < TIMING.retries; repeat++) flight.repeat(flight.deadlineMs);
  flight.launch(50_000);
  const { deadlineMs } = flight;
  assert(deadlineMs > 50_000 && deadlineMs <= 50_000 + TIMING.firstMs);
  for (let repeat = 0; repeat < TIMING.retries; repeat++) {
    assertEquals(flight.repeat(flight.deadlineMs), true);
  }
  assertEquals(flight.repeat(flight.deadlineMs), false);
});

Deno.test("Flight tells how long nothing was heard, its repeats included", () => {
  const flight = new Flight(TIMING);
  flight.launch(100);
  flight.repeat(1100);
  assertEquals(flight.silentMs(2100), 2000);
});

Deno.test("agreedTiming() waits as agreed, every time", () => {
  assertEquals(agreedTiming(TIMING, undefined), TIMING);
  assertEquals(deadlines(agreedTiming(TIMING, 3000)), {
    repeats: [3000, 6000, 9000, 12_000, 15_000],
    gaveUpMs: 18_000,
  });
});
