import { assertEquals } from "@std/assert";
import { DEFAULT_FRESH_MS, keepingOf, versionOf } from "../../src/origin/freshness.ts";

function keeping(headers: Record<string, string>) {
  const { store, freshMs } = keepingOf(new Headers({ "content-length": "9", ...headers }));
  return [store, freshMs];
}

Deno.test("keepingOf() takes the time that the answer names", () => {
  assertEquals(keeping({ "cache-control": "max-age=60" }), [true, 60_000]);
  assertEquals(keeping({ "cache-control": "public, s-maxage=5, max-age=60" }), [true, 5000]);
  assertEquals(keeping({ "cache-control": 'max-age="60"', age: "50" }), [true, 10_000]);
  assertEquals(keeping({ "cache-control": "max-age=60", age: "90" }), [true, 0]);
});

Deno.test("keepingOf() uses its default without a valid time", () => {
  assertEquals(keeping({}), [true, DEFAULT_FRESH_MS]);
  assertEquals(keeping({ "cache-control": "max-age=soon" }), [true, DEFAULT_FRESH_MS]);
  assertEquals(keeping({ "cache-control": "max-age=-1" }), [true, DEFAULT_FRESH_MS]);
});

Deno.test("keepingOf() asks each time about what must be asked about", () => {
  assertEquals(keeping({ "cache-control": "no-cache, max-age=60" }), [true, 0]);
  assertEquals(keeping({ "cache-control": "max-age=0" }), [true, 0]);
});

Deno.test("keepingOf() keeps nothing that may not be kept", () => {
  assertEquals(keeping({ "cache-control": "no-store" })[0], false);
  assertEquals(keeping({ "cache-control": "Private" })[0], false);
  assertEquals(keeping({ vary: "*" })[0], false);
});

Deno.test("keepingOf() keeps nothing whose end can't be told from a broken connection", () => {
  assertEquals(keepingOf(new Headers()).store, false);
  assertEquals(keepingOf(new Headers({ "transfer-encoding": "chunked" })).store, true);
});

Deno.test("versionOf() trusts a strong ETag of bounded length, and nothing else", () => {
  assertEquals(versionOf('"abc"'), 'etag "abc"');
  const others = ['W/"abc"', "abc", "", `"${"x".repeat(1000)}"`, null, undefined];
  assertEquals(others.map(versionOf), others.map(() => undefined));
});
