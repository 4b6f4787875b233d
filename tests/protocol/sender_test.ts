import { assert, assertEquals } from "@std/assert";
import {
  cancel,
  CancelledError,
  NO_FINAL_ACK,
  type Packet,
  PeerSilentError,
  PLAIN_AGREEMENT,
  type Rollover,
  TftpError,
} from "../../src/protocol/mod.ts";
import { script, sender, SMALL, TIMING, windowed } from "../helpers/sim/machines.ts";
import { type Performed, sentBlocks, Timeline } from "../helpers/sim/timeline.ts";
import { ack, blockOf, data, error, fileOf, oack, options } from "../helpers/net/wire.ts";

const GRANTED = oack("blksize=8");

Deno.test("Sender sends each block once and in order, whatever the size", () => {
  for (const length of [0, 1, 511, 512, 513, 1024, 1500]) {
    const file = fileOf(length);
    const machine = sender(PLAIN_AGREEMENT);
    const { line, blocks } = script(machine, file);
    const last = Math.floor(length / 512) + 1;
    line.starts();
    for (let index = 1; index <= last; index++) {
      line.sends(...blocks(index)).at(index * 10).receives(ack(index));
    }
    line.finishes().ends();
    assertEquals([machine.bytes, machine.retransmits], [length, 0], `${length} bytes`);
  }
});

Deno.test("Sender ends an exact multiple with an empty block", () => {
  const { line } = script(sender(PLAIN_AGREEMENT), fileOf(512));
  line.starts().sends(data(1, fileOf(512))).receives(ack(1)).sends(data(2));
  line.receives(ack(2)).finishes().ends();
});

Deno.test("Sender carries any size past block 65535, with either rollover", () => {
  for (const rollover of [0, 1] as Rollover[]) {
    const file = fileOf(8 * 65_537 + 3);
    const machine = sender({ ...SMALL, rollover });
    const line = new Timeline(machine, file).starts();
    for (let index = 1; index <= 65_538; index++) {
      const number = index <= 65_535 ? index : index - 65_536 + rollover;
      const [sent, ...more] = sentBlocks(line.takePerformed());
      if (sent?.block !== number || more.length > 0) throw new Error(`No ${number} at ${index}`);
      if (index % 997 === 0 || index > 65_530) {
        assertEquals(sent.payload, blockOf(file, index, 8));
      }
      line.receives(ack(number));
    }
    line.finishes().ends();
    assertEquals(machine.bytes, file.length);
  }
});

Deno.test("Sender fills whole windows past block 65535, with either rollover", () => {
  for (const rollover of [0, 1] as Rollover[]) {
    const file = fileOf(8 * 65_550);
    const machine = sender({ ...windowed(50), rollover });
    const line = new Timeline(machine, file).starts();
    const received: number[] = [];
    for (let windows = 0; windows < 1312 && !machine.done; windows++) {
      const sent = sentBlocks(line.takePerformed());
      for (const { payload } of sent) received.push(...payload);
      line.receives(ack(sent.at(-1)!.block));
    }
    line.finishes().ends();
    assertEquals(Uint8Array.from(received), file);
  }
});

Deno.test("Sender gives up on a peer that stays silent before all is sent", () => {
  const { line, blocks } = script(sender(SMALL), fileOf(20));
  line.starts().sends(...blocks(1));
  for (let repeat = 0; repeat < TIMING.retries; repeat++) {
    line.atDeadline().timesOut().sends(...blocks(1));
  }
  line.atDeadline().timesOut().fails(PeerSilentError, "No acknowledgement").ends();
});

Deno.test("Sender counts a missing final ACK as a whole transfer with a note", () => {
  const machine = sender(SMALL);
  const { line, blocks } = script(machine, fileOf(12));
  line.starts().sends(...blocks(1)).receives(ack(1)).sends(...blocks(2));
  let repeats = 0;
  while (!machine.done) {
    line.atDeadline().timesOut();
    if (!machine.done) line.sends(...blocks(2));
    repeats++;
  }
  line.at(15_000).finishes(NO_FINAL_ACK).ends();
  // The first wait follows the round trip; the patience does not.
  assertEquals(repeats, 7);
});

Deno.test("Sender sends nothing and restarts no timer for a duplicate ACK in lockstep", () => {
  const machine = sender(SMALL);
  const { line, blocks } = script(machine, fileOf(40));
  line.at(0).starts().sends(...blocks(1)).at(10).receives(ack(1)).sends(...blocks(2));
  const { deadlineMs } = machine;
  for (const nowMs of [11, 500, 900]) {
    line.at(nowMs).receives(ack(1)).doesNothing().waitsUntil(deadlineMs);
  }
  line.at(950).receives(ack(2)).sends(...blocks(3)).at(951).receives(ack(1), ack(2));
  line.doesNothing().goesOn();
  assertEquals(machine.retransmits, 0);
});

Deno.test("Sender doubles nothing when every ACK comes twice", () => {
  const machine = sender(SMALL);
  const { line, blocks } = script(machine, fileOf(100));
  line.starts();
  for (let index = 1; index <= 13; index++) {
    line.sends(...blocks(index)).receives(ack(index), ack(index));
  }
  line.finishes().ends();
  assertEquals(machine.retransmits, 0);
});

Deno.test("Sender ignores ACKs of what it has not sent or has long had acknowledged", () => {
  for (const windowsize of [1, 2]) {
    const { line } = script(sender(windowed(windowsize)), fileOf(100));
    line.starts().takePerformed();
    line.receives(ack(windowsize)).takePerformed();
    line.receives(ack(2 * windowsize)).takePerformed();
    line.receives(ack(3 * windowsize + 1), ack(40_000), ack(65_535), ack(0)).doesNothing().goesOn();
  }
});

Deno.test("Sender waits for the ACK of its OACK and repeats it until then", () => {
  const machine = sender(SMALL, { oack: GRANTED });
  const { line, blocks } = script(machine, fileOf(10));
  line.starts().sends(GRANTED).receives(ack(1)).doesNothing();
  line.atDeadline().timesOut().sends(GRANTED);
  line.receives(ack(0)).sends(...blocks(1)).receives(ack(0)).doesNothing().goesOn();
});

Deno.test("Sender fails when its OACK is never acknowledged, even for an empty file", () => {
  const { line } = script(sender(SMALL, { oack: GRANTED }), fileOf(0));
  line.starts().sends(GRANTED);
  for (let repeat = 0; repeat < TIMING.retries; repeat++) {
    line.atDeadline().timesOut().sends(GRANTED);
  }
  line.atDeadline().timesOut().fails(PeerSilentError).ends();
});

Deno.test("Sender sends a window and waits for its ACK", () => {
  const machine = sender(windowed(4));
  const { line, blocks } = script(machine, fileOf(52));
  line.starts().sends(...blocks(1, 2, 3, 4)).receives(ack(4)).sends(...blocks(5, 6, 7));
  line.receives(ack(7)).finishes().ends();
  assertEquals([machine.bytes, machine.retransmits], [52, 0]);
});

Deno.test("Sender reads ahead without sending ahead", () => {
  const { line, blocks } = script(sender(SMALL, { readAheadBytes: 64 }), fileOf(80));
  line.starts();
  for (let index = 1; index <= 11; index++) line.sends(...blocks(index)).receives(ack(index));
  line.finishes().ends();
});

Deno.test("Sender with windowsize 1 sends the same as without options", () => {
  const events: readonly (Packet | "timeout")[] = [
    ...[ack(1), ack(1), ack(2), "timeout", ack(2), ack(3), ack(1), ack(9), "timeout"] as const,
    ...["timeout", ack(4), ack(4), ack(3), ack(5)] as const,
  ];
  const granted = options("windowsize=1");
  const lockstep = sender({ ...PLAIN_AGREEMENT, granted }, { oack: oack("windowsize=1") });
  const line = new Timeline(lockstep, fileOf(2100)).starts().sends(oack("windowsize=1"));
  const plain = new Timeline(sender(PLAIN_AGREEMENT), fileOf(2100)).starts();
  assertEquals(play(line.receives(ack(0)), events), play(plain, events));
});

/** All that a script does for these events. */
function play(line: Timeline, events: readonly (Packet | "timeout")[]): Performed[] {
  const performed = line.takePerformed();
  for (const event of events) {
    if (event === "timeout") line.atDeadline().timesOut();
    else line.receives(event);
    performed.push(...line.takePerformed());
  }
  line.ends();
  return performed;
}

Deno.test("Sender tells the peer when it is aborted or cancelled, and is done", () => {
  const { line, blocks } = script(sender(SMALL), fileOf(20));
  line.starts().sends(...blocks(1)).aborts(new RangeError("gone"), 3, "Disk full");
  line.sends(error(3, "Disk full")).fails(RangeError, "gone").ends();

  const machine = sender(SMALL);
  machine.start(0);
  const actions = cancel(machine, "Interrupted");
  assertEquals(actions[0], { kind: "send", packet: error(0, "Interrupted") });
  assert(actions[1]?.kind === "fail" && actions[1].error instanceof CancelledError);
});

Deno.test("Sender ends with the peer's ERROR and never answers it", () => {
  const machine = sender(SMALL);
  const { line, blocks } = script(machine, fileOf(20));
  line.starts().sends(...blocks(1)).receives(error(3, "Disk full"));
  line.fails(TftpError, "Disk full").receives(error(0, "again"), ack(1)).ends();
});
