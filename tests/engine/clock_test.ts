import { assertEquals } from "@std/assert";
import { nextTickMs, TICK_MS, type Ticking, Tickings } from "../../src/engine/clock.ts";
import { SystemClock } from "../../src/net/deno/system_clock.ts";

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

Deno.test("Tickings looks once for what lies in the sockets before it counts a late look", () => {
  const tickings = new Tickings();
  const looks: number[] = [];
  const ticking: Ticking = { tick: (nowMs) => void looks.push(nowMs) };
  tickings.add(ticking, 0);
  assertEquals(tickings.nextMs, TICK_MS);
  tickings.look(TICK_MS - 1);
  tickings.look(100);
  assertEquals(looks, [], "too early, then so late that datagrams may wait");
  tickings.look(200);
  assertEquals(looks, [200]);
  tickings.remove({ tick() {} });
  assertEquals(tickings.size, 1, "another is not concerned");
  tickings.remove(ticking);
  assertEquals(tickings.nextMs, Infinity);
});

Deno.test("SystemClock calls back after a time, unless told not to", async () => {
  const clock = new SystemClock();
  const called: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(2, () => resolve());
  clock.after(0, () => called.push("soon"));
  for (const ms of [0, 1]) clock.after(ms, () => called.push("never"))();
  await promise;
  assertEquals(called, ["soon"]);
});

Deno.test("Tickings ticks all that remain when others are removed", () => {
  const tickings = new Tickings();
  const told: number[] = [];
  const all: Ticking[] = Array.from({ length: 9 }, (_, id) => ({
    tick(): void {
      told.push(id);
      // Each third one goes, and takes the one before it along.
      if (id % 3 !== 2) return;
      tickings.remove(all[id]!);
      tickings.remove(all[id - 1]!);
    },
  }));
  for (const ticking of all) tickings.add(ticking, 0);
  tickings.add(all[0]!, 0);
  tickings.look(TICK_MS);
  for (const id of [0, 3, 6]) assertEquals(told.includes(id), true, `${id} stays and is told`);
  assertEquals(tickings.size, 3);
  told.length = 0;
  tickings.look(2 * TICK_MS);
  assertEquals(told.sort(), [0, 3, 6]);
});
