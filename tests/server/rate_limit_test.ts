import { assertEquals } from "@std/assert";
import { BoundedMap } from "../../src/engine/bounded_map.ts";
import { ValidatedAddresses, validates } from "../../src/server/validated_addresses.ts";
import { RateLimits, TokenBucket } from "../../src/server/rate_limit.ts";
import { Prng } from "../helpers/sim/prng.ts";

Deno.test("TokenBucket lets a burst pass, then tells how long to wait", () => {
  const bucket = new TokenBucket(1000, 0);
  assertEquals(bucket.spend(100, 0), 0);
  assertEquals(bucket.spend(500, 0), 500);
  assertEquals(bucket.spend(100, 600), 0);
  assertEquals(bucket.spend(100, 100_000), 0, "a long pause earns one burst");
  assertEquals(bucket.spend(1, 100_000), 1);
});

Deno.test("TokenBucket keeps its rate whatever the pieces", () => {
  const bucket = new TokenBucket(10_000, 0);
  let nowMs = 0;
  for (let i = 0; i < 100; i++) nowMs += bucket.spend(1468, nowMs);
  const perSecond = 146_800 / (nowMs / 1000);
  assertEquals(perSecond > 9_900 && perSecond < 10_200, true, String(perSecond));
});

Deno.test("RateLimits holds all together and each alone", () => {
  const limits = new RateLimits({ rate: 10_000, ratePerClient: 1000 });
  assertEquals(limits.spend("a", 1100, 0), 1000);
  assertEquals(limits.spend("b", 100, 0), 20, "what is left is what all may have");
  assertEquals([limits.lowest, limits.any], [1000, true]);
  assertEquals(new RateLimits({}).spend("a", 1e9, 0), 0);
});

Deno.test("BoundedMap forgets the oldest", () => {
  const map = new BoundedMap<number, string>(2);
  for (const key of [1, 2, 1, 3]) map.set(key, "x");
  assertEquals([map.get(1), map.get(2), map.get(3), map.size], ["x", undefined, "x", 2]);
});

Deno.test("BoundedMap keeps the youngest, however entries are renewed and deleted", () => {
  const prng = new Prng(1);
  const map = new BoundedMap<number, string>(20);
  let expected: [number, string][] = [];
  for (let step = 0; step < 20_000; step++) {
    const key = prng.int(1, 60);
    expected = expected.filter(([other]) => other !== key);
    if (prng.chance(0.2)) map.delete(key);
    else {
      map.set(key, `${step}`);
      expected = [...expected, [key, `${step}`] as [number, string]].slice(-20);
    }
    assertEquals(map.values, expected.map(([, value]) => value), `step ${step}`);
  }
});

Deno.test("ValidatedAddresses remembers for a while, and not everybody", () => {
  const proved = new ValidatedAddresses();
  proved.validate("a", 0);
  assertEquals([proved.has("a", 599_999), proved.has("a", 600_000)], [true, false]);
  for (let i = 0; i < 10_000; i++) proved.validate(`host${i}`, 0);
  assertEquals([proved.size, proved.has("a", 1), proved.has("host9999", 1)], [4096, false, true]);
});

Deno.test("validates() takes DATA, ACK and ERROR for a sign of the client", () => {
  const signs = [[0, 3, 0, 1], [0, 4, 0, 0], [0, 5, 0, 0, 0], [0, 3, 0, 1, 9]];
  const others = [[], [0, 4], [0, 4, 0], [1, 4, 0, 0], [0, 1, 97, 0], [0, 6, 97, 0], [0, 9, 0, 0]];
  assertEquals(signs.map((bytes) => validates(Uint8Array.from(bytes))), signs.map(() => true));
  assertEquals(others.map((bytes) => validates(Uint8Array.from(bytes))), others.map(() => false));
});
