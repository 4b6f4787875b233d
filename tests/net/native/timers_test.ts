import { assertEquals } from "@std/assert";
import { Timers } from "../../../src/net/native/timers.ts";
import { Prng } from "../../helpers/sim/prng.ts";

Deno.test("Timers calls what is due, the earliest first", () => {
  const timers = new Timers();
  const called: number[] = [];
  for (const ms of [30, 10, 20, 50, 40]) timers.add(ms, () => called.push(ms), 100);
  assertEquals([timers.size, timers.nextMs], [5, 110]);
  timers.run(109);
  assertEquals(called, []);
  timers.run(130);
  assertEquals(called, [10, 20, 30]);
  assertEquals([timers.size, timers.nextMs], [2, 140]);
  timers.run(Infinity);
  assertEquals(called, [10, 20, 30, 40, 50]);
  assertEquals([timers.size, timers.nextMs], [0, Infinity]);
});

Deno.test("Timers calls what is due at once in order, and what that adds the next time", () => {
  const timers = new Timers();
  const called: string[] = [];
  timers.add(0, () => {
    called.push("first");
    timers.add(0, () => called.push("third"), 0);
  }, 0);
  timers.add(0, () => called.push("second"), 0);
  assertEquals(timers.nextMs, -Infinity);
  timers.run(0);
  assertEquals(called, ["first", "second"]);
  assertEquals(timers.nextMs, -Infinity);
  timers.run(0);
  assertEquals(called, ["first", "second", "third"]);
  assertEquals([timers.size, timers.nextMs], [0, Infinity]);
});

Deno.test("Timers does not call what was cancelled, and does not wait for it", () => {
  const timers = new Timers();
  let called = 0;
  const cancels = [0, 5, 10].map((ms) => timers.add(ms, () => called++, 0));
  timers.add(20, () => called++, 0);
  cancels.forEach((cancel) => cancel());
  cancels.forEach((cancel) => cancel());
  assertEquals(timers.size, 1);
  timers.run(0);
  assertEquals(timers.nextMs, 20);
  timers.run(20);
  assertEquals(called, 1);
});

Deno.test("Timers keeps the order of many of which most are cancelled", () => {
  const timers = new Timers();
  const random = new Prng(7);
  const called: number[] = [];
  const expected: number[] = [];
  for (let round = 0; round < 1000; round++) {
    const ms = random.int(1, 10_000);
    const cancel = timers.add(ms, () => called.push(ms), 0);
    if (random.chance(0.9)) cancel();
    else expected.push(ms);
  }
  assertEquals(timers.size, expected.length);
  timers.run(20_000);
  assertEquals(called, expected.toSorted((one, other) => one - other));
});
