/** How a sender repairs gaps and spreads its windows; repair_test.ts has the details. */

import { assert, assertEquals } from "@std/assert";
import { NO_FINAL_ACK, PeerSilentError } from "../../src/protocol/mod.ts";
import { script, sender, TIMING, windowed } from "../helpers/sim/machines.ts";
import { ack, fileOf, oack } from "../helpers/net/wire.ts";

/** Without a floor of its own, so that waits can be told from the samples. */
const QUICK = { ...TIMING, floorMs: 1 };
const GRANTED = oack("blksize=8");

Deno.test("Sender asks with one block before it repeats a window, and gives up in the end", () => {
  const machine = sender(windowed(3));
  const { line, blocks } = script(machine, fileOf(80));
  line.at(0).starts().sends(...blocks(1, 2, 3)).at(100).receives(ack(3)).sends(...blocks(4, 5, 6));
  // The block that is asked with may stay unanswered for a while, and twice, before the window is
  // sent again without further questions.
  line.waitsUntil(400).atDeadline().timesOut().sends(...blocks(4)).waitsUntil(775);
  line.atDeadline().timesOut().sends(...blocks(4, 5, 6)).waitsUntil(1375);
  line.atDeadline().timesOut().sends(...blocks(4));
  for (let repeat = 0; repeat < 4; repeat++) {
    line.atDeadline().timesOut().sends(...blocks(4, 5, 6));
  }
  line.waitsUntil(15_100).atDeadline().timesOut();
  line.fails(PeerSilentError, "No acknowledgement for 15.0 s").ends();
});

Deno.test("Sender asks for the habit of its receiver with the first missing block alone", () => {
  const machine = sender(windowed(4));
  const { line, blocks } = script(machine, fileOf(100));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4));
  line.at(20).receives(ack(2)).sends(...blocks(3));
  assertEquals([machine.bytes, machine.retransmits], [16, 1]);
  line.goesOn();
});

Deno.test("Sender sends only what is missing to a receiver that keeps what came after", () => {
  const machine = sender(windowed(4));
  const { line, blocks } = script(machine, fileOf(8 * 40));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4)).at(20).receives(ack(4));
  line.sends(...blocks(5, 6, 7, 8)).at(40).receives(ack(5)).sends(...blocks(6));
  // The ACK jumps over 7 and 8, which were sent once: they were kept.
  line.at(60).receives(ack(8)).sends(...blocks(9, 10, 11, 12));
  // From now on a gap holds up nothing: what the window allows leaves together with the repeat.
  line.at(80).receives(ack(10)).sends(...blocks(11)).sends(...blocks(13, 14));
  line.at(100).receives(ack(14)).sends(...blocks(15, 16, 17, 18)).goesOn();
  assertEquals(machine.retransmits, 2);
});

Deno.test("Sender goes back to the gap for a receiver that drops what came after", () => {
  const machine = sender(windowed(4), { timing: QUICK });
  const { line, blocks } = script(machine, fileOf(8 * 80));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4)).at(20).receives(ack(4));
  line.sends(...blocks(5, 6, 7, 8)).at(40).receives(ack(5)).sends(...blocks(6));
  // Without an answer the whole window leaves, from the gap on.
  line.waitsUntil(81.25).atDeadline().timesOut().sends(...blocks(6, 7, 8, 9));
  line.at(105).receives(ack(9)).sends(...blocks(10, 11, 12, 13));
  line.at(125).receives(ack(10)).sends(...blocks(11));
  line.atDeadline().timesOut().sends(...blocks(11, 12, 13, 14)).after(20).receives(ack(14));
  line.sends(...blocks(15, 16, 17, 18));
  // Twice is enough: there is no question any more.
  line.after(20).receives(ack(15)).sends(...blocks(16, 17, 18, 19)).goesOn();
});

Deno.test("Sender sends nothing again for a receiver that acknowledges block by block", () => {
  const machine = sender(windowed(4));
  const { line, blocks } = script(machine, fileOf(8 * 40));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4));
  // Swift ACKs leave nothing missing; each lets the next block leave.
  for (let index = 1; index <= 10; index++) {
    line.after(20).receives(ack(index));
    if (index > 2) line.sends(...blocks(index + 4));
    else line.takePerformed();
  }
  line.goesOn();
});

Deno.test("Sender believes a repeated ACK once per round trip and restarts no timer", () => {
  const machine = sender(windowed(3));
  const { line, blocks } = script(machine, fileOf(200));
  line.at(0).starts().sends(...blocks(1, 2, 3)).at(20).receives(ack(3)).sends(...blocks(4, 5, 6));
  const { deadlineMs } = machine;
  // Sooner than block 4 can have been missed, the ACK is an echo.
  line.at(40).receives(ack(3)).doesNothing().waitsUntil(deadlineMs);
  line.at(60).receives(ack(3)).sends(...blocks(4));
  line.at(61).receives(ack(3), ack(3), ack(3)).doesNothing();
  line.at(80).receives(ack(6)).sends(...blocks(7, 8, 9)).receives(ack(6)).doesNothing();
  line.at(125).receives(ack(6)).sends(...blocks(7)).goesOn();
  assertEquals(machine.retransmits, 2);
});

Deno.test("Sender is not moved by a receiver that reports a gap for every block behind it", () => {
  const machine = sender(windowed(8));
  const { line, blocks } = script(machine, fileOf(8 * 60));
  line.at(0).starts().sends(...blocks(1, 2, 3, 4, 5, 6, 7, 8)).at(20).receives(ack(8));
  line.sends(...blocks(9, 10, 11, 12, 13, 14, 15, 16));
  // Block 9 was lost: seven reports, one answer.
  line.at(51).receives(ack(8)).sends(...blocks(9));
  for (let nowMs = 52; nowMs < 58; nowMs++) line.at(nowMs).receives(ack(8)).doesNothing();
  line.goesOn();
  assertEquals(machine.retransmits, 1);
});

Deno.test("Sender repeats block 1 for a repeated ACK of the opening", () => {
  const { line, blocks } = script(sender(windowed(2), { oack: GRANTED }), fileOf(50));
  line.at(0).starts().sends(GRANTED).at(20).receives(ack(0)).sends(...blocks(1, 2));
  line.at(30).receives(ack(0)).doesNothing().at(51).receives(ack(0)).sends(...blocks(1));
  line.receives(ack(0)).doesNothing().goesOn();
});

Deno.test("Sender spreads a window that loses again and again over a round trip", () => {
  const machine = sender(windowed(16), { timing: QUICK });
  const { line, blocks } = script(machine, fileOf(8 * 500));
  const run = (first: number, last: number) =>
    blocks(...Array.from({ length: last - first + 1 }, (_, i) => first + i));
  line.at(0).starts().sends(...run(1, 16)).at(20).receives(ack(16)).sends(...run(17, 32));
  line.at(40).receives(ack(17)).sends(...blocks(18)).at(60).receives(ack(32)).sends(...run(33, 48));
  // Block 33 is lost, and lost again.
  line.at(100).receives(ack(32)).sends(...blocks(33)).at(140).receives(ack(32));
  line.sends(...blocks(33)).at(160).receives(ack(48)).sends(...run(49, 56));
  const pause = machine.deadlineMs;
  assert(pause > 160 + 5 && pause <= 160 + 30, `The second half leaves at ${pause}`);
  line.atDeadline().timesOut().sends(...run(57, 64)).after(20).receives(ack(64));
  line.sends(...run(65, 80)).goesOn();
});

Deno.test("Sender fails when a block of the last window stays reported missing", () => {
  const gone = new Error("the peer is gone");
  // RFC 1350 §6: without a report only the last ACK may be missing.
  const unanswered = script(sender(windowed(4)), fileOf(20));
  unanswered.line.at(0).starts().sends(...unanswered.blocks(1, 2, 3));
  assertEquals(unanswered.line.machine.unreachable(gone), [{ kind: "finish", note: NO_FINAL_ACK }]);
  const reported = () => {
    const { line, blocks } = script(sender(windowed(4)), fileOf(20));
    line.at(0).starts().sends(...blocks(1, 2, 3)).at(20).receives(ack(1)).sends(...blocks(2));
    return { line, blocks };
  };
  const refused = reported().line;
  assertEquals(refused.machine.unreachable(gone), [{ kind: "fail", error: gone }]);
  const { line } = reported();
  while (!line.machine.done) {
    line.takePerformed();
    line.atDeadline().timesOut();
  }
  line.fails(PeerSilentError, "No acknowledgement").ends();
});
