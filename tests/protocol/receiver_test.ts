import { assertEquals } from "@std/assert";
import {
  PLAIN_AGREEMENT,
  ProtocolError,
  type Rollover,
  RoundTrip,
  TftpError,
  toWire,
} from "../../src/protocol/mod.ts";
import type { Receiver } from "../../src/protocol/receiver.ts";
import {
  blocksOf,
  bytesOf,
  DALLY_MS,
  receiver,
  SMALL,
  TIMING,
  windowed,
} from "../helpers/sim/machines.ts";
import { describePerformed, type Performed, Timeline } from "../helpers/sim/timeline.ts";
import { ack, blockOf, data, error, fileOf, oack, options } from "../helpers/net/wire.ts";

Deno.test("Receiver writes and acknowledges each block in order, whatever the size", () => {
  for (const length of [0, 1, 511, 512, 513, 1024, 1500]) {
    const file = fileOf(length);
    const blocks = blocksOf(file, 512);
    const machine = receiver(PLAIN_AGREEMENT);
    const line = new Timeline(machine).at(0).starts().sends(ack(0));
    const last = Math.floor(length / 512) + 1;
    for (let index = 1; index < last; index++) {
      line.receives(...blocks(index)).writes(blockOf(file, index, 512)).sends(ack(index));
    }
    line.receives(...blocks(last));
    if (length % 512 > 0) line.writes(blockOf(file, last, 512));
    line.commits().sends(ack(last)).finishes().atDeadline().timesOut().ends();
    assertEquals([machine.bytes, machine.retransmits], [length, 0], `${length} bytes`);
  }
});

Deno.test("Receiver writes before it acknowledges, and commits before its last ACK", () => {
  const file = fileOf(12);
  const [first, last] = blocksOf(file, 8)(1, 2);
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0));
  line.receives(first!).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.receives(last!).writes(bytesOf(file, 2, 2)).commits().sends(ack(2)).finishes().goesOn();
});

Deno.test("Receiver carries any size past block 65535, with either rollover", () => {
  for (const agreed of [0, 1] as Rollover[]) {
    const machine = receiver({ ...SMALL, rollover: agreed });
    assertEquals(received(machine, agreed, 65_540), fileOf(8 * 65_539 + 3));
  }
});

Deno.test("Receiver takes either rollover when nothing was agreed", () => {
  assertEquals(received(receiver(SMALL), 1, 65_540), fileOf(8 * 65_539 + 3));
});

/** What a lockstep receiver writes when a peer sends it a file of so many blocks. */
function received(machine: Receiver, rollover: Rollover, blocks: number): Uint8Array {
  const file = fileOf(8 * (blocks - 1) + 3);
  const line = new Timeline(machine).starts().sends(ack(0));
  const written: Uint8Array[] = [];
  for (let index = 1; index <= blocks; index++) {
    const number = toWire(index, rollover);
    const performed = line.receives(data(number, blockOf(file, index, 8))).takePerformed();
    const acked = performed.map(describePerformed).includes(`send ACK ${number}`);
    if (!acked) throw new Error(`No ACK ${number} at ${index}`);
    for (const operation of performed) {
      if (operation.kind === "write") written.push(operation.bytes);
    }
  }
  const whole = new Uint8Array(machine.bytes);
  let at = 0;
  for (const bytes of written) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

Deno.test("Receiver finds out in a window that its peer goes on with 1", () => {
  const file = fileOf(8 * 65_545 + 1);
  const line = new Timeline(receiver(windowed(5))).starts().sends(ack(0));
  const block = (index: number) => data(toWire(index, 1), blockOf(file, index, 8));
  const window = (first: number) => [0, 1, 2, 3, 4].map((i) => block(first + i));
  for (let first = 1; first < 65_531; first += 5) line.receives(...window(first)).takePerformed();
  line.receives(...window(65_531)).writes(bytesOf(file, 65_531, 65_535)).sends(ack(65_535));
  // Counting on with 0, these five would be behind a gap; the fifth can't be, and the peer repeats.
  line.receives(...window(65_536)).sends(ack(65_535));
  for (const index of [65_536, 65_537, 65_538]) {
    line.receives(block(index)).writes(bytesOf(file, index, index)).sends(ack(index - 65_535));
  }
  line.receives(block(65_539)).writes(bytesOf(file, 65_539, 65_540)).sends(ack(5)).goesOn();
});

Deno.test("Receiver dallies to repeat its last ACK, then ends", () => {
  const file = fileOf(5);
  const line = new Timeline(receiver(SMALL)).at(0).starts().sends(ack(0));
  line.receives(data(1, file)).writes(file).commits().sends(ack(1)).finishes();
  line.waitsUntil(DALLY_MS).at(1000).receives(data(1, file)).sends(ack(1));
  line.at(3000).receives(data(1, file)).sends(ack(1)).receives(data(2, file)).doesNothing();
  line.atDeadline().timesOut().receives(data(1, file)).ends();
});

Deno.test("Receiver dallies shortly after a transfer in which nothing was lost", () => {
  const file = fileOf(5);
  const clean = new Timeline(receiver(SMALL, { cleanDallyMs: 25 })).at(0).starts().sends(ack(0));
  clean.receives(data(1, file)).writes(file).commits().sends(ack(1)).finishes().waitsUntil(25);
  const lossy = new Timeline(receiver(SMALL, { cleanDallyMs: 25 })).starts().sends(ack(0));
  lossy.at(1000).timesOut().sends(ack(0)).receives(data(1, file)).writes(file).commits();
  // Four waits of a peer that knows no more of the path than this side does.
  lossy.sends(ack(1)).finishes().waitsUntil(1000 + 4 * TIMING.firstMs);
});

Deno.test("Receiver takes an ERROR while it dallies as the end and no failure", () => {
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0));
  line.receives(data(1)).commits().sends(ack(1)).finishes().receives(error(0, "late")).ends();
});

Deno.test("Receiver acknowledges the end of each window and of the transfer", () => {
  const file = fileOf(50);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(3))).starts().sends(ack(0));
  line.receives(...blocks(1, 2)).doesNothing();
  line.receives(...blocks(3)).writes(bytesOf(file, 1, 3)).sends(ack(3));
  line.receives(...blocks(4, 5, 6)).writes(bytesOf(file, 4, 6)).sends(ack(6));
  line.receives(...blocks(7)).writes(bytesOf(file, 7, 7)).commits().sends(ack(7)).finishes();
  line.goesOn();
});

Deno.test("Receiver reports a gap at once and once", () => {
  const file = fileOf(100);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(5))).starts().sends(ack(0));
  line.receives(...blocks(1, 3)).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.receives(...blocks(4, 5)).doesNothing().goesOn();
});

Deno.test("Receiver reports a gap at the start of a window by repeating its ACK", () => {
  const file = fileOf(100);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(3))).starts().sends(ack(0));
  line.receives(...blocks(1, 2, 3)).writes(bytesOf(file, 1, 3)).sends(ack(3));
  line.receives(...blocks(5, 6)).sends(ack(3)).goesOn();
});

Deno.test("Receiver keeps blocks behind a gap and acknowledges them all when it is filled", () => {
  const file = fileOf(100);
  const blocks = blocksOf(file, 8);
  const machine = receiver(windowed(5));
  const line = new Timeline(machine).starts().sends(ack(0));
  line.receives(...blocks(1, 3, 5, 4)).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.receives(...blocks(2)).writes(bytesOf(file, 2, 5)).sends(ack(5)).goesOn();
  assertEquals(machine.bytes, 40);
});

Deno.test("Receiver keeps a last block behind a gap", () => {
  const file = fileOf(20);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(4))).starts().sends(ack(0));
  line.receives(...blocks(1, 3)).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.receives(...blocks(2)).writes(bytesOf(file, 2, 3)).commits().sends(ack(3)).finishes();
  line.goesOn();
});

Deno.test("Receiver acknowledges half a window when the rest does not come", () => {
  const file = fileOf(100);
  const blocks = blocksOf(file, 8);
  const line = new Timeline(receiver(windowed(4))).at(0).starts().sends(ack(0));
  // The opening has told the round trip: a quarter of it is the pause.
  line.at(400).receives(...blocks(1, 2)).waitsUntil(550).atDeadline().timesOut();
  line.writes(bytesOf(file, 1, 2)).sends(ack(2)).goesOn();
});

Deno.test("Receiver reports again when the block that fills a gap does not come", () => {
  const file = fileOf(100);
  const blocks = blocksOf(file, 8);
  const roundTrip = new RoundTrip(TIMING);
  for (let sample = 0; sample < 100; sample++) roundTrip.sample(40);
  const line = new Timeline(receiver(windowed(4), { roundTrip })).at(0).starts().sends(ack(0));
  line.at(40).receives(...blocks(1, 3, 4)).writes(bytesOf(file, 1, 1)).sends(ack(1));
  line.at(99).ticks().doesNothing().at(101).timesOut().sends(ack(1)).goesOn();
});

Deno.test("Receiver with windowsize 1 sends the same as without options", () => {
  const file = fileOf(2100);
  const blocks = blocksOf(file, 512);
  const order = [1, 1, 2, "timeout", 2, 4, 3, 3, "timeout", 1, 4, 5] as const;
  const plain = new Timeline(receiver(PLAIN_AGREEMENT)).starts().sends(ack(0));
  const granted = options("windowsize=1");
  const lockstep = new Timeline(
    receiver({ ...PLAIN_AGREEMENT, granted }, { oack: oack("windowsize=1") }),
  ).starts().sends(oack("windowsize=1"));
  const play = (line: Timeline): Performed[] =>
    order.flatMap((event) => {
      if (event === "timeout") return line.atDeadline().timesOut().takePerformed();
      return line.after(300).receives(...blocks(event)).takePerformed();
    });
  assertEquals(play(lockstep), play(plain));
});

Deno.test("Receiver refuses a block larger than agreed", () => {
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0)).receives(data(1, fileOf(9)));
  line.sends(error(4, "Block of 9 bytes, blksize is 8")).fails(ProtocolError, "9 bytes").ends();
});

Deno.test("Receiver keeps a complete transfer complete while it dallies", () => {
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0));
  line.receives(data(1)).commits().sends(ack(1)).finishes();
  line.at(900).receives(data(1, fileOf(9)), data(2, fileOf(600))).doesNothing().goesOn();
});

Deno.test("Receiver tells the peer when a write or the commit fails", () => {
  const failure = new RangeError("full");
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0)).aborts(failure, 3, "Disk full");
  line.sends(error(3, "Disk full")).fails(RangeError, "full").ends();
  const late = new Timeline(receiver(SMALL)).starts().sends(ack(0)).receives(data(1));
  late.takePerformed();
  late.aborts(failure, 3, "Disk full").sends(error(3, "Disk full")).fails(RangeError).ends();
});

Deno.test("Receiver sends no DATA", () => {
  assertEquals(receiver(SMALL).blocks, undefined);
});

Deno.test("Receiver ends with the peer's ERROR and never answers it", () => {
  const line = new Timeline(receiver(SMALL)).starts().sends(ack(0)).receives(error(1, "No file"));
  line.fails(TftpError, "No file").receives(error(0, "again"), data(1)).ends();
});
