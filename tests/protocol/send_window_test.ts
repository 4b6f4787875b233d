import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodePacket } from "../../src/protocol/packet.ts";
import { SendWindow } from "../../src/protocol/send_window.ts";
import { blockOf, data, fileOf } from "../helpers/net/wire.ts";
import { Prng } from "../helpers/sim/prng.ts";

/** Fills the window so that a block is here; says how many bytes the file still has. */
function fill(window: SendWindow, index: number, rest: Uint8Array): Uint8Array {
  const room = window.roomFor(index);
  assert(room !== undefined, `No room is wanted for block ${index}`);
  const piece = rest.subarray(0, room.length);
  room.set(piece);
  window.loaded(piece.length);
  return rest.subarray(piece.length);
}

Deno.test("SendWindow gives each block as a DATA packet with its number", () => {
  const file = fileOf(20);
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  fill(window, 4, file);
  assertEquals([window.last, window.lastLoaded], [3, 3]);
  for (const index of [1, 2, 3, 2, 1, 3]) {
    assertEquals(decodePacket(window.packet(index)), data(index, blockOf(file, index, 8)));
  }
});

Deno.test("SendWindow ends with an empty block behind an exact multiple", () => {
  const window = new SendWindow({ blksize: 8, windowsize: 2, rollover: 0 });
  const rest = fill(window, 2, fileOf(16));
  assertEquals([window.last, window.lastLoaded], [undefined, 2]);
  assertEquals(window.roomFor(2), undefined);
  window.release(3);
  fill(window, 3, rest);
  assertEquals(window.last, 3);
  assertEquals(decodePacket(window.packet(3)), data(3));
});

Deno.test("SendWindow makes one empty block of an empty file", () => {
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  fill(window, 4, fileOf(0));
  assertEquals([window.last, window.lastLoaded], [1, 1]);
  assertEquals(decodePacket(window.packet(1)), data(1));
  assertEquals(window.roomFor(5), undefined);
});

Deno.test("SendWindow takes more in without harm to the block before the packet last made", () => {
  const file = fileOf(48);
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  const rest = fill(window, 4, file);
  window.release(3);
  window.packet(4);
  fill(window, 6, rest);
  for (const index of [3, 4, 5, 6]) {
    assertEquals(decodePacket(window.packet(index)), data(index, blockOf(file, index, 8)));
  }
});

Deno.test("SendWindow reads the next window ahead into slots of its own, and no more", () => {
  const settings = { blksize: 8, windowsize: 4, rollover: 0, readAheadBytes: 1 } as const;
  const window = new SendWindow(settings);
  const file = fileOf(100);
  let rest = fill(window, 4, file);
  assert(window.readsAhead(8));
  rest = fill(window, 8, rest);
  assertEquals([window.lastLoaded, window.readsAhead(8), window.readsAhead(9)], [8, false, false]);
  window.release(3);
  rest = fill(window, 10, rest);
  assertEquals([window.lastLoaded, window.inOnePiece(3), window.inOnePiece(9)], [10, 6, 8]);
  for (let index = 3; index <= 10; index++) {
    assertEquals(decodePacket(window.packet(index)), data(index, blockOf(file, index, 8)));
  }
  window.release(9);
  fill(window, 12, rest);
  assertEquals([window.last, window.readsAhead(16)], [13, false]);
});

Deno.test("SendWindow of a source that is not to be read ahead holds one window", () => {
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  fill(window, 4, fileOf(100));
  window.release(3);
  assertEquals(window.readsAhead(8), false);
  assertEquals(window.roomFor(6)?.length, 16);
});

Deno.test("SendWindow numbers blocks beyond 65535 by the rollover", () => {
  for (const rollover of [0, 1] as const) {
    const window = new SendWindow({ blksize: 8, windowsize: 1, rollover: rollover });
    for (let index = 1; index <= 65_536; index++) {
      fill(window, index, fileOf(8));
      const [, , high, low] = window.packet(index);
      if (index === 65_535) assertEquals([high, low], [255, 255]);
      if (index === 65_536) assertEquals([high, low], [0, rollover]);
      window.release(index + 1);
    }
  }
});

Deno.test("SendWindow counts the bytes of blocks, the short last one included", () => {
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  fill(window, 4, fileOf(20));
  assertEquals(window.bytesIn(1, 1), 8);
  assertEquals(window.bytesIn(1, 3), 20);
  assertEquals(window.bytesIn(3, 3), 4);
});

Deno.test("SendWindow gives every block unharmed whatever is sent again and released", () => {
  const random = new Prng(7440);
  for (let run = 0; run < 300; run++) {
    const [blksize, windowsize] = [8 + random.below(9), 1 + random.below(6)];
    const file = fileOf(random.below(400));
    const window = new SendWindow({
      blksize,
      windowsize,
      rollover: 0,
      readAheadBytes: random.below(200),
    });
    let rest = file;
    let base = 1;
    while (window.last === undefined || base <= window.last) {
      const wanted = base + windowsize - 1;
      // The ring may have its end within the window.
      while (window.roomFor(wanted)) rest = fill(window, wanted, rest);
      const sent = Math.min(wanted, window.lastLoaded) - base + 1;
      for (let times = 0; times < 2 * sent; times++) {
        const index = base + random.below(sent);
        const packet = decodePacket(window.packet(index));
        assertEquals(packet, data(index, blockOf(file, index, blksize)));
        const last = Math.min(index + window.inOnePiece(index), base + sent) - 1;
        const bytes = file.subarray((index - 1) * blksize, last * blksize);
        assertEquals([window.payload(index, last), window.bytesIn(index, last)], [
          bytes,
          bytes.length,
        ]);
        if (random.below(4) > 0 || !window.readsAhead(wanted + windowsize)) continue;
        rest = fill(window, wanted + windowsize, rest);
      }
      base += 1 + random.below(sent);
      window.release(base);
    }
    assertEquals(window.last, Math.floor(file.length / blksize) + 1);
  }
});

Deno.test("SendWindow over a file in memory needs no reads, and copies nothing but packets", () => {
  for (const size of [0, 5, 8, 20, 24]) {
    const content = fileOf(size);
    const before = content.slice();
    const window = new SendWindow({ blksize: 8, windowsize: 2, rollover: 0, content });
    const last = Math.floor(size / 8) + 1;
    assertEquals([window.last, window.lastLoaded, window.roomFor(9)], [last, last, undefined]);
    for (let index = 1; index <= last; index++) {
      assertEquals(decodePacket(window.packet(index)), data(index, blockOf(content, index, 8)));
      assertEquals(window.payload(index, last), content.subarray((index - 1) * 8));
      window.release(index);
    }
    assertEquals(content, before, "others may send the same bytes");
  }
});

Deno.test("SendWindow gives payloads as they are, whatever packet was made before", () => {
  const file = fileOf(30);
  const window = new SendWindow({ blksize: 8, windowsize: 4, rollover: 0 });
  fill(window, 4, file);
  window.packet(3);
  assertEquals(window.payload(1, 4), file);
  assertEquals(window.payload(2, 3), file.subarray(8, 24));
  assertEquals([window.blksize, window.wireNumber(65_536)], [8, 0]);
});

Deno.test("SendWindow knows of a mapped file only where each block is", () => {
  const content = { address: 4096, length: 20 };
  const window = new SendWindow({ blksize: 8, windowsize: 2, rollover: 0, content });
  assertEquals([window.last, window.lastLoaded, window.roomFor(1)], [3, 3, undefined]);
  assertEquals(window.mapped(1, 2), { address: 4096, length: 16 });
  window.release(3);
  assertEquals(window.mapped(3, 3), { address: 4112, length: 4 });
  assertThrows(() => window.payload(1, 2), TypeError, "mapped");
  assertThrows(() => window.packet(3), TypeError, "mapped");
});

Deno.test("SendWindow has no mapped bytes of a file that is read or in memory", () => {
  for (const content of [undefined, fileOf(20)]) {
    const window = new SendWindow({ blksize: 8, windowsize: 2, rollover: 0, content });
    assertEquals(window.mapped(1, 1), undefined);
  }
});
