/** Readers of events, quick and slow. */

import { assert, assertEquals } from "@std/assert";
import { Streams } from "../../src/watch/streams.ts";

/** Streams that number their messages. */
function numbered() {
  const encoder = new TextEncoder();
  let next = 0;
  const streams = new Streams({
    first: () => encoder.encode("first"),
    next: () => encoder.encode(`${++next}`),
  });
  return { streams, made: () => next };
}

Deno.test("Streams gives a reader that missed something the whole again", async () => {
  const { streams, made } = numbered();
  const decoder = new TextDecoder();
  const quick = streams.open()!.getReader();
  const slow = streams.open()!.getReader();
  const read = async (reader: typeof quick) => decoder.decode((await reader.read()).value);
  assertEquals([await read(quick), await read(quick), await read(quick)], ["first", "1", "2"]);
  // It has taken nothing so far, and holds its first message alone.
  assertEquals(await read(slow), "first");
  const next = read(slow);
  assertEquals(await read(quick), "3");
  assertEquals(await next, "first");
  assertEquals(made(), 3);
  streams.close();
  assertEquals((await quick.read()).done, true);
});

Deno.test("Streams makes no message while nobody reads", async () => {
  const { streams, made } = numbered();
  const reader = streams.open()!.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  assertEquals(streams.size, 0);
  const before = made();
  const other = streams.open()!.getReader();
  await other.read();
  assert(made() - before <= 1);
  streams.close();
});
