import { assertEquals } from "@std/assert";
import { RoundTrip, type RoundTripSettings } from "../../src/protocol/round_trip.ts";

const SETTINGS: RoundTripSettings = { firstMs: 1000, floorMs: 20, maxMs: 8000 };

/** A round trip after these samples. */
function after(...samples: number[]): RoundTrip {
  const roundTrip = new RoundTrip(SETTINGS);
  for (const ms of samples) roundTrip.sample(ms);
  return roundTrip;
}

function repeated(ms: number, times: number): number[] {
  return Array.from({ length: times }, () => ms);
}

Deno.test("RoundTrip waits the first wait until there is a sample", () => {
  const roundTrip = after();
  assertEquals([roundTrip.timeoutMs, roundTrip.typicalMs, roundTrip.fastestMs], [1000, 0, 0]);
});

Deno.test("RoundTrip takes the first sample and half of it as the variance", () => {
  const roundTrip = after(100);
  assertEquals([roundTrip.typicalMs, roundTrip.timeoutMs, roundTrip.fastestMs], [150, 300, 100]);
});

Deno.test("RoundTrip smooths as RFC 6298 does: an eighth and a quarter", () => {
  const roundTrip = after(100, 180);
  // Variance 50 + (80 − 50) / 4, mean 100 + 80 / 8.
  assertEquals([roundTrip.typicalMs, roundTrip.timeoutMs], [110 + 57.5, 110 + 4 * 57.5]);
  assertEquals(roundTrip.fastestMs, 100);
});

Deno.test("RoundTrip does not trust one swift answer", () => {
  assertEquals(after(1).timeoutMs, 200);
  assertEquals(after(1, 1).timeoutMs, 20);
  const impatient = new RoundTrip({ ...SETTINGS, firstMs: 60 });
  impatient.sample(1);
  assertEquals(impatient.timeoutMs, 60, "but no longer than the first wait");
});

Deno.test("RoundTrip never waits less than its floor, nor more than its ceiling", () => {
  assertEquals(after(...repeated(0.1, 249)).timeoutMs, 20);
  assertEquals(after(...repeated(7000, 500)).timeoutMs, 8000);
  const slow = new RoundTrip({ ...SETTINGS, firstMs: 10_000 });
  slow.sample(60_000);
  assertEquals(slow.timeoutMs, 10_000);
});

Deno.test("RoundTrip lowers its floor when it knows path and peer well", () => {
  const roundTrip = after(...repeated(0.1, 250));
  assertEquals(roundTrip.timeoutMs, 4);
  const waits = Array.from({ length: 4 }, () => {
    roundTrip.spurious();
    return roundTrip.timeoutMs;
  });
  assertEquals(waits, [8, 16, 32, 64]);
});

Deno.test("RoundTrip remembers slow answers for hundreds of others", () => {
  const roundTrip = after(10, 10, 120, 100);
  for (let sample = 0; sample < 30; sample++) roundTrip.sample(10);
  assertEquals(Math.round(roundTrip.timeoutMs), Math.round(1.5 * 100 * 0.995 ** 30));
  for (let sample = 0; sample < 1000; sample++) roundTrip.sample(10);
  assertEquals(Math.round(roundTrip.timeoutMs), 15);
});

Deno.test("RoundTrip makes nothing of a single slow answer", () => {
  const roundTrip = after(...repeated(10, 10), 250);
  for (let sample = 0; sample < 30; sample++) roundTrip.sample(10);
  assertEquals(roundTrip.timeoutMs, 20);
});

Deno.test("RoundTrip waits longer after each needless repeat, up to the first wait", () => {
  const roundTrip = after(...repeated(1, 10));
  const waits = Array.from({ length: 8 }, () => {
    roundTrip.spurious();
    return roundTrip.timeoutMs;
  });
  assertEquals(waits, [40, 80, 160, 320, 640, 1000, 1000, 1000]);
  for (let sample = 0; sample < 200; sample++) roundTrip.sample(1);
  assertEquals(roundTrip.timeoutMs, 1000, "clean samples do not wipe that out");
});

Deno.test("RoundTrip knows how long a fast answer takes", () => {
  assertEquals(after().minimumMs, 0);
  assertEquals(after(...repeated(20, 100), ...repeated(700, 100)).minimumMs, 45);
  assertEquals(Math.round(after(...repeated(20, 100)).minimumMs), 20);
});

Deno.test("RoundTrip goes by a guess until there is a sample, but not for its timeout", () => {
  const roundTrip = after();
  roundTrip.guess(1200);
  roundTrip.guess(1500);
  assertEquals([roundTrip.typicalMs, roundTrip.timeoutMs, roundTrip.fastestMs], [1200, 1000, 0]);
  roundTrip.sample(100);
  assertEquals(roundTrip.typicalMs, 150);
});

Deno.test("RoundTrip knows what is too soon for an answer, and what is usual", () => {
  const roundTrip = after(...repeated(10, 100));
  const verdicts = [7, 8, 10, 11].map((ms) => [roundTrip.isTooSoon(ms), roundTrip.isTypical(ms)]);
  assertEquals(verdicts, [[true, false], [false, true], [false, true], [false, false]]);
  assertEquals(after().isTooSoon(0), false, "without a sample anything may be an answer");
});
