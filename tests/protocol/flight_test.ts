import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_TIMING,
  Flight,
  patienceMs,
  SERVER_TIMING,
  type Timing,
} from "../../src/protocol/flight.ts";

const TIMING: Timing = { firstMs: 1000, floorMs: 20, maxMs: 8000, retries: 5 };

/** When a flight that left at 0 is repeated, and when it is given up. */
function deadlines(flight: Flight): { repeats: number[]; gaveUpMs: number } {
  const repeats: number[] = [];
  flight.arm(0);
  for (;;) {
    const nowMs = flight.deadlineMs;
    if (!flight.repeat(nowMs)) return { repeats, gaveUpMs: nowMs };
    repeats.push(nowMs);
    assert(repeats.length <= 1000, "A flight is repeated without end");
  }
}

// The exact times of repeats are asserted in this file and nowhere else.
Deno.test("Flight doubles its wait to a bound and gives up after its repeats", () => {
  assertEquals(deadlines(new Flight(TIMING)), {
    repeats: [1000, 3000, 7000, 15_000, 23_000],
    gaveUpMs: 31_000,
  });
});

Deno.test("Flight waits as the round trip says, and is as patient as without it", () => {
  const flight = new Flight(TIMING);
  for (let sample = 0; sample < 200; sample++) flight.roundTrip.sample(10);
  const { repeats, gaveUpMs } = deadlines(flight);
  assertEquals(repeats.slice(0, 4), [20, 60, 140, 300]);
  assertEquals(repeats.slice(-3), [10_220, 18_220, 26_220]);
  assertEquals(gaveUpMs, 31_000);
});

Deno.test("Flight starts with the wait that an earlier flight has learnt", () => {
  const opening = new Flight(TIMING);
  opening.roundTrip.sample(100);
  const flight = new Flight(TIMING, { roundTrip: opening.roundTrip });
  flight.arm(50);
  assertEquals(flight.deadlineMs, 350);
});

Deno.test("Flight never waits longer than its bound, nor shorter than the wait before", () => {
  for (const timing of [TIMING, DEFAULT_TIMING, SERVER_TIMING]) {
    const { repeats, gaveUpMs } = deadlines(new Flight(timing));
    const waits = [...repeats, gaveUpMs].map((time, i, all) => time - (all[i - 1] ?? 0));
    const last = waits.pop()!;
    assert(waits.every((wait, i) => wait <= timing.maxMs && wait >= (waits[i - 1] ?? 0)));
    assert(last <= timing.maxMs, "The last wait ends with the patience");
    assertEquals(gaveUpMs, patienceMs(timing));
  }
});

Deno.test("Flight gives up when both its repeats and its patience are over", () => {
  const silence = (timing: Partial<Timing>) => deadlines(new Flight({ ...TIMING, ...timing }));
  assertEquals(silence({ retries: 0 }), { repeats: [], gaveUpMs: 1000 });
  assertEquals(silence({ retries: 0, silenceMs: 2500 }), { repeats: [1000], gaveUpMs: 2500 });
  assertEquals(silence({ retries: 3, silenceMs: 10 }), {
    repeats: [1000, 3000, 7000],
    gaveUpMs: 15_000,
  });
  assertEquals(silence({ retries: 1, silenceMs: 20_000 }), {
    repeats: [1000, 3000, 7000, 15_000],
    gaveUpMs: 20_000,
  });
});

Deno.test("Flight is repeated a hundred times at most", () => {
  const flight = new Flight({ firstMs: 10, floorMs: 10, maxMs: 10, retries: 5, silenceMs: 1e9 });
  assertEquals(deadlines(flight).repeats.length, 100);
  const stubborn = new Flight({ firstMs: 10, floorMs: 10, maxMs: 10, retries: 1000 });
  assertEquals(deadlines(stubborn).repeats.length, 100);
});

Deno.test("patienceMs() is what the retries take, unless it is said", () => {
  assertEquals(patienceMs(TIMING), 31_000);
  assertEquals(patienceMs({ ...TIMING, silenceMs: 500 }), 500);
  assertEquals(patienceMs({ ...TIMING, firstMs: 20_000 }), 120_000);
  assertEquals([patienceMs(DEFAULT_TIMING), patienceMs(SERVER_TIMING)], [31_000, 90_000]);
});

Deno.test("Flight waits for nothing before it is launched and after it has landed", () => {
  const flight = new Flight(TIMING);
  assertEquals(flight.deadlineMs, Infinity);
  flight.arm(0);
  assertEquals(flight.deadlineMs, 1000);
  flight.disarm();
  assertEquals(flight.deadlineMs, Infinity);
});

Deno.test("Flight begins again with each launch", () => {
  const flight = new Flight(TIMING);
  assertEquals(deadlines(flight), deadlines(flight));
});

Deno.test("Flight waits again for what has left later, and as long", () => {
  const flight = new Flight(TIMING);
  flight.arm(0);
  flight.extend(600);
  assertEquals(flight.deadlineMs, 1600);
  flight.repeat(1600);
  flight.extend(2000);
  assertEquals([flight.deadlineMs, flight.silentMs(2000)], [4000, 2000]);
});

Deno.test("Flight waits after a late answer as long as that took, and a quarter more", () => {
  const flight = new Flight(TIMING);
  for (let sample = 0; sample < 100; sample++) flight.roundTrip.sample(10);
  flight.arm(0);
  for (let repeat = 0; repeat < 3; repeat++) flight.repeat(flight.deadlineMs);
  assertEquals(flight.deadlineMs, 300);
  // Karn: this may be the answer to the first copy, so that the round trip is 200 ms now.
  flight.arm(200);
  assertEquals(flight.deadlineMs, 450);
  // One flight without a repeat is enough to go by samples again.
  flight.arm(210);
  assertEquals(flight.deadlineMs, 230);
  flight.repeat(230);
  flight.arm(30_000);
  assertEquals(flight.deadlineMs, 38_000, "but never longer than the bound");
});

Deno.test("Flight waits no longer when the answer fits its repeat", () => {
  const cases: [answeredMs: number, waitMs: number][] = [
    // Nothing is answered within 7 ms; from 8 to 10 ms it is the repeat's; later, it may be either.
    [37, 1.25 * 37],
    [39, 20],
    [40, 20],
    [41, 1.25 * 41],
  ];
  for (const [answeredMs, waitMs] of cases) {
    const flight = new Flight(TIMING);
    for (let sample = 0; sample < 100; sample++) flight.roundTrip.sample(10);
    flight.arm(0);
    flight.repeat(30);
    flight.arm(answeredMs);
    assertEquals(flight.deadlineMs - answeredMs, waitMs);
  }
});

Deno.test("Flight never waits less than its minimum", () => {
  const flight = new Flight(TIMING, { leastMs: 250 });
  for (let sample = 0; sample < 300; sample++) flight.roundTrip.sample(1);
  flight.arm(0);
  assertEquals(flight.deadlineMs, 250);
  const waits = Array.from({ length: 4 }, () => {
    flight.spurious();
    flight.arm(0);
    return flight.deadlineMs;
  });
  assertEquals(waits, [500, 1000, 1000, 1000], "a needless repeat doubles that, up to the first");
});

Deno.test("Flight ends on time whatever the peer sends", () => {
  const flight = new Flight(TIMING);
  flight.arm(0);
  for (const nowMs of [1000, 3000, 7000, 15_000, 23_000]) flight.repeat(nowMs);
  assertEquals(flight.deadlineMs, 31_000);
  flight.extend(30_000);
  assertEquals(flight.deadlineMs, 38_000);
  flight.extend(31_000);
  assertEquals([flight.deadlineMs, flight.repeat(38_000)], [38_000, false]);
});

Deno.test("Flight reports the time of silence, its repeats included", () => {
  const flight = new Flight(TIMING);
  flight.arm(100);
  flight.repeat(1100);
  assertEquals(flight.silentMs(2100), 2000);
});

Deno.test("Flight waits as agreed, every time, whatever the round trip", () => {
  const flight = new Flight(TIMING, { agreedMs: 3000 });
  for (let sample = 0; sample < 10; sample++) flight.roundTrip.sample(5);
  assertEquals(deadlines(flight), {
    repeats: [3000, 6000, 9000, 12_000, 15_000],
    gaveUpMs: 18_000,
  });
});

Deno.test("Flight with an agreed wait is as patient as its silence at least", () => {
  const { repeats, gaveUpMs } = deadlines(
    new Flight({ ...TIMING, silenceMs: 20_000 }, { agreedMs: 1000 }),
  );
  assertEquals([repeats.length, repeats.at(-1), gaveUpMs], [19, 19_000, 20_000]);
});
