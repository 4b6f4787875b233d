import { assertEquals, assertRejects } from "@std/assert";
import { CancelledError } from "../../src/protocol/mod.ts";
import { untilAborted } from "../../src/files/aborted.ts";

Deno.test("untilAborted() gives what was waited for, unless the signal comes first", async () => {
  const user = new AbortController();
  assertEquals(await untilAborted(Promise.resolve(1), user.signal), 1);
  assertEquals(await untilAborted(Promise.resolve(2)), 2);
  const wait = Promise.withResolvers<number>();
  const waiting = assertRejects(() => untilAborted(wait.promise, user.signal), CancelledError);
  user.abort();
  await waiting;
  const never = new Promise(() => {});
  await assertRejects(() => untilAborted(never, user.signal), CancelledError);
  const gone = Promise.reject(new Error("gone"));
  await assertRejects(() => untilAborted(gone, new AbortController().signal), Error, "gone");
});
