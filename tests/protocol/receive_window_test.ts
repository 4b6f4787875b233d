import { assertEquals } from "@std/assert";
import { ReceiveWindow } from "../../src/protocol/receive_window.ts";
import { blockOf, fileOf } from "../helpers/net/wire.ts";
import { Prng } from "../helpers/sim/prng.ts";

const FILE = fileOf(44);

/** A window of four blocks of eight bytes that holds some blocks of FILE, whose last is block 6. */
function windowWith(...indexes: number[]): ReceiveWindow {
  const window = new ReceiveWindow(8, 4);
  for (const index of indexes) window.store(index, blockOf(FILE, index, 8));
  return window;
}

Deno.test("ReceiveWindow gives blocks in order as one piece", () => {
  const window = windowWith(1, 2, 3);
  assertEquals(window.next, 4);
  assertEquals(window.take(), FILE.subarray(0, 24));
  window.drop();
  assertEquals(window.take().length, 0);
});

Deno.test("ReceiveWindow keeps what comes behind a gap and gives it when the gap is filled", () => {
  const window = windowWith(1, 3, 4);
  assertEquals([window.next, window.keepsBeyondGap], [2, true]);
  assertEquals(window.take().slice(), FILE.subarray(0, 8));
  window.drop();
  assertEquals(window.store(2, blockOf(FILE, 2, 8)), true);
  assertEquals([window.next, window.keepsBeyondGap], [5, false]);
  assertEquals(window.take(), FILE.subarray(8, 32));
});

Deno.test("ReceiveWindow refuses what it has, what it gave and what lies beyond it", () => {
  const window = windowWith(1, 2);
  assertEquals(window.store(2, blockOf(FILE, 2, 8)), false);
  assertEquals(window.store(5, blockOf(FILE, 5, 8)), false);
  assertEquals(window.store(0, blockOf(FILE, 1, 8)), false);
  window.drop();
  assertEquals(window.store(2, blockOf(FILE, 2, 8)), false);
  assertEquals(window.store(6, blockOf(FILE, 6, 8)), true);
  assertEquals(window.store(7, blockOf(FILE, 1, 8)), false);
});

Deno.test("ReceiveWindow is complete when all up to a short block is here", () => {
  const window = windowWith(1, 2, 3, 4);
  window.drop();
  window.store(6, blockOf(FILE, 6, 8));
  assertEquals([window.last, window.complete], [6, false]);
  window.store(5, blockOf(FILE, 5, 8));
  assertEquals([window.next, window.complete], [7, true]);
  assertEquals(window.take(), FILE.subarray(32));
  window.drop();
  assertEquals([window.complete, window.take().length], [true, 0]);
});

Deno.test("ReceiveWindow is complete with one empty block", () => {
  const window = new ReceiveWindow(8, 1);
  assertEquals(window.store(1, new Uint8Array(0)), true);
  assertEquals([window.last, window.complete, window.take().length], [1, true, 0]);
});

Deno.test("ReceiveWindow takes one last block and nothing behind it", () => {
  const window = windowWith(3);
  assertEquals(window.store(2, new Uint8Array(5)), true);
  assertEquals([window.last, window.keepsBeyondGap], [2, true]);
  assertEquals(window.store(3, new Uint8Array(8)), false);
  assertEquals(window.store(1, new Uint8Array(5)), false);
  assertEquals(window.store(1, FILE.subarray(0, 8)), true);
  assertEquals([window.complete, window.take().length], [true, 13]);
});

Deno.test("ReceiveWindow can discard the blocks after a gap", () => {
  const window = windowWith(1, 3);
  window.store(4, new Uint8Array(2));
  window.dropBeyondGap();
  assertEquals([window.next, window.keepsBeyondGap, window.last], [2, false, undefined]);
  assertEquals(window.store(3, blockOf(FILE, 3, 8)), true);
});

Deno.test("ReceiveWindow gives the whole file whatever the order of its blocks", () => {
  const random = new Prng(1350);
  for (let run = 0; run < 300; run++) {
    const [blksize, windowsize] = [8 + random.below(9), 1 + random.below(6)];
    const file = fileOf(random.below(300));
    const window = new ReceiveWindow(blksize, windowsize);
    const taken: number[] = [];
    while (!window.complete) {
      const index = Math.max(1, window.next - 1 + random.below(windowsize + 1));
      if (index > Math.floor(file.length / blksize) + 1) continue;
      window.store(index, blockOf(file, index, blksize));
      if (random.below(2) === 0 && !window.complete) continue;
      taken.push(...window.take());
      window.drop();
    }
    assertEquals(Uint8Array.from(taken), file);
  }
});
