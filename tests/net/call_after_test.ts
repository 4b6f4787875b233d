import { assert, assertEquals } from "@std/assert";
import { callAfter } from "../../src/net/deno/call_after.ts";

Deno.test("callAfter() calls once, when the time is over", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  const begunMs = performance.now();
  callAfter(1.2, () => {
    calls++;
    resolve();
  });
  await promise;
  assert(performance.now() - begunMs >= 1.2);
  assertEquals(calls, 1);
});

Deno.test("callAfter() does not call back when it was cancelled", async () => {
  const called: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  callAfter(1, () => called.push("first"))();
  callAfter(3, () => {
    called.push("second");
    resolve();
  });
  await promise;
  assertEquals(called, ["second"]);
});

Deno.test("callAfter() names setTimeout when many timers were started, not before", async () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, "setTimeout")!;
  const { setTimeout } = globalThis;
  let named = 0;
  Object.defineProperty(globalThis, "setTimeout", {
    configurable: true,
    get: () => {
      named++;
      return setTimeout;
    },
  });
  const called: number[] = [];
  const cancel = (count: number) => {
    for (let at = 0; at < count; at++) callAfter(1, () => called.push(-1))();
    return named;
  };
  try {
    assertEquals(cancel(40), 0);
    assert(cancel(20) > 0, "all timers were signals");
    const { promise, resolve } = Promise.withResolvers<void>();
    const begunMs = performance.now();
    const elapsed: number[] = [];
    for (const ms of [3.4, 1.2]) {
      callAfter(ms, () => {
        called.push(ms);
        elapsed.push(performance.now() - begunMs);
        if (called.length === 2) resolve();
      });
    }
    await promise;
    assertEquals(called, [1.2, 3.4]);
    assert(elapsed[0]! >= 1.2 && elapsed[1]! >= 3.4, elapsed.join());
  } finally {
    Object.defineProperty(globalThis, "setTimeout", original);
  }
});
