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
