import { assertEquals } from "@std/assert";
import { ErrorLimiter } from "../../src/engine/error_limiter.ts";

function allowed(limiter: ErrorLimiter, hostname: string, tries: number, nowMs: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (limiter.allows(hostname, nowMs)) count++;
  return count;
}

Deno.test("ErrorLimiter gives an address five answers at once, then one a second", () => {
  const limiter = new ErrorLimiter();
  assertEquals(allowed(limiter, "10.0.0.1", 100, 0), 5);
  assertEquals(allowed(limiter, "10.0.0.1", 100, 999), 0);
  assertEquals(allowed(limiter, "10.0.0.1", 100, 1000), 1);
  assertEquals(allowed(limiter, "10.0.0.1", 100, 1999), 0);
  assertEquals(allowed(limiter, "10.0.0.1", 100, 3500), 2);
});

Deno.test("ErrorLimiter gives five again after a long rest, and no more", () => {
  const limiter = new ErrorLimiter();
  allowed(limiter, "10.0.0.1", 100, 0);
  assertEquals(allowed(limiter, "10.0.0.1", 100, 3_600_000), 5);
});

Deno.test("ErrorLimiter counts each address by itself", () => {
  const limiter = new ErrorLimiter();
  assertEquals(allowed(limiter, "10.0.0.1", 100, 0), 5);
  assertEquals(allowed(limiter, "10.0.0.2", 100, 0), 5);
});
