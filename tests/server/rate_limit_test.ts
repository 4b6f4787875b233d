import { assert, assertEquals } from "@std/assert";
import { BoundedMap } from "../../src/engine/bounded_map.ts";
import { ValidatedAddresses, validates } from "../../src/server/validated_addresses.ts";
import { RateLimits, TokenBucket } from "../../src/server/rate_limit.ts";

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

Deno.test("BoundedMap keeps the youngest half, and never more than it may", () => {
  const map = new BoundedMap<number, string>(8);
  for (let key = 1; key <= 1000; key++) {
    map.set(1, "renewed");
    map.set(key, `${key}`);
    assert(map.size <= 8, `${map.size} entries`);
    for (let young = Math.max(key - 2, 2); young <= key; young++) {
      assertEquals(map.get(young), `${young}`);
    }
    assertEquals(map.get(key - 8), key === 9 ? "renewed" : undefined);
  }
  assertEquals(map.get(1), "renewed");
  map.delete(1);
  assertEquals([map.get(1), map.values.at(-1)], [undefined, "1000"]);
});

Deno.test("ValidatedAddresses remembers for a while, and not everybody", () => {
  const proved = new ValidatedAddresses();
  proved.validate("a", 0);
  assertEquals([proved.has("a", 599_999), proved.has("a", 600_000)], [true, false]);
  for (let i = 0; i < 10_000; i++) proved.validate(`host${i}`, 0);
  assertEquals([proved.has("a", 1), proved.has("host9999", 1)], [false, true]);
  assert(proved.size <= 4096 && proved.size >= 2048, `${proved.size} addresses`);
});

Deno.test("validates() takes DATA, ACK and ERROR for a sign of the client", () => {
  const signs = [[0, 3, 0, 1], [0, 4, 0, 0], [0, 5, 0, 0, 0], [0, 3, 0, 1, 9]];
  const others = [[], [0, 4], [0, 4, 0], [1, 4, 0, 0], [0, 1, 97, 0], [0, 6, 97, 0], [0, 9, 0, 0]];
  assertEquals(signs.map((bytes) => validates(Uint8Array.from(bytes))), signs.map(() => true));
  assertEquals(others.map((bytes) => validates(Uint8Array.from(bytes))), others.map(() => false));
});
