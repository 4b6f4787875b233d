import { assertEquals } from "@std/assert";
import { SentLog } from "../../src/protocol/sent_log.ts";

Deno.test("SentLog knows when, in which order and how often blocks have left", () => {
  const log = new SentLog(4);
  log.note(1, 3, 1, 10);
  log.note(2, 2, 4, 20);
  log.note(4, 4, 4, 30);
  const rows = [1, 2, 3, 4].map((index) => [
    log.firstAtMs(index),
    log.atMs(index),
    log.order(index),
    log.times(index),
  ]);
  assertEquals(rows, [[10, 10, 1, 1], [10, 20, 4, 2], [10, 10, 3, 1], [30, 30, 5, 1]]);
});

Deno.test("SentLog calls a block clean when nothing was sent again since it left", () => {
  const log = new SentLog(4);
  log.note(1, 3, 1, 10);
  assertEquals([1, 2, 3].map((index) => log.isClean(index)), [true, true, true]);
  log.note(2, 2, 4, 20);
  log.note(4, 4, 4, 20);
  assertEquals([1, 2, 3, 4].map((index) => log.isClean(index)), [false, false, false, true]);
});

Deno.test("SentLog takes a run that goes back and on as repeats and news", () => {
  const log = new SentLog(8);
  log.note(1, 4, 1, 10);
  log.note(3, 6, 5, 20);
  assertEquals([3, 4, 5, 6].map((index) => log.times(index)), [2, 2, 1, 1]);
  assertEquals([3, 4, 5, 6].map((index) => log.firstAtMs(index)), [10, 10, 20, 20]);
});

Deno.test("SentLog forgets a block when the one a window later leaves", () => {
  const log = new SentLog(2);
  log.note(1, 2, 1, 10);
  log.note(1, 1, 3, 20);
  log.note(3, 3, 3, 30);
  assertEquals([log.times(3), log.firstAtMs(3), log.atMs(3)], [1, 30, 30]);
});

Deno.test("SentLog counts how often a block has left", () => {
  const log = new SentLog(1);
  log.note(1, 1, 1, 0);
  for (let repeat = 0; repeat < 300; repeat++) log.note(1, 1, 2, repeat);
  assertEquals(log.times(1), 301);
});
