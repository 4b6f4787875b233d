import { assertEquals } from "@std/assert";
import { nextTickMs, SystemClock, TICK_MS, type Ticking } from "../../src/engine/clock.ts";

Deno.test("nextTickMs() waits for what is due, but looks in before that", () => {
  const waits = [Infinity, 1000, TICK_MS, 3.5, 1, 0.2, 0, -7].map((ms) => nextTickMs(ms, 1));
  assertEquals(waits, [TICK_MS, TICK_MS, TICK_MS, 3.5, 1, 1, 1, 1]);
});

Deno.test("nextTickMs() lets a crowd wait, to a bound", () => {
  const counts = [1, 20, 60, 100, 400, 1000, 100_000];
  const waits = counts.map((count) => nextTickMs(0, count));
  assertEquals(waits, [1, 1, 3, 5, 20, 50, 50]);
  assertEquals(nextTickMs(Infinity, 60), TICK_MS, "which is due late in any case");
});

Deno.test("SystemClock ticks for whom was added, even in a tick, until removed", async () => {
  const clock = new SystemClock();
  const ticked: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const second: Ticking = {
    tick() {
      ticked.push("second");
      clock.remove(second);
      resolve();
    },
  };
  const first: Ticking = {
    tick(nowMs) {
      ticked.push("first");
      if (ticked.length < 3) return nowMs;
      clock.remove(first);
      clock.add(second);
      return undefined;
    },
  };
  clock.add(first);
  await promise;
  // The leak sanitizer sees that no timer is left.
  assertEquals(ticked, ["first", "first", "first", "second"]);
});
