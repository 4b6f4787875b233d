/** How a server reacts to repeats, to silence, and to a stranger. Pure. */

import type { RequestPacket } from "../../protocol/mod.ts";
import type { Finding } from "../finding.ts";
import { milliseconds } from "../format.ts";
import { type Patience, patienceMs } from "./requests.ts";
import type { BlockTest, Question, Seen, TestResult } from "./question.ts";

/** A server that repeats its block sooner uses a timer that suits the path. */
const QUICK_MS = 1500;
/** After a longer time, many clients have given up. */
const SLOW_MS = 4000;
/** How long to wait for a repeat. */
export const HOLD_MS = 7000;

/** Repeats the ACK of every second block, and compares with the blocks in between. */
export function repeatedAcks(
  request: RequestPacket,
  { spots, roundTripMs, patience }: { spots: number; roundTripMs: number; patience: Patience },
): Question {
  const tests = new Map<number, BlockTest>([[1, "stranger"]]);
  for (let at = 2; at < 2 + 2 * spots; at++) tests.set(at, at % 2 === 0 ? "echo" : "wait");
  const watchMs = Math.min(300, Math.max(50, 5 * roundTripMs));
  return {
    ...{ request, blocks: 2 + 2 * spots, ...patience, tests, watchMs },
    mostMs: 2000 + patienceMs(patience) + (2 * spots + 1) * watchMs,
  };
}

/** Holds the first ACK back until the block comes again. */
export function withheldAck(request: RequestPacket, patience: Patience): Question {
  return {
    ...{ request, blocks: 2, ...patience, tests: new Map<number, BlockTest>([[1, "hold"]]) },
    mostMs: HOLD_MS,
  };
}

export function judgeRepeats(seen: Seen | undefined, held: Seen | undefined): Finding[] {
  return [
    ...judgeEchoes(seen?.tests ?? []),
    ...judgeStranger(seen),
    ...(held === undefined ? [] : judgeHold(held)),
  ];
}

function judgeEchoes(tests: readonly TestResult[]): Finding[] {
  const again = (test: BlockTest) => tests.filter((done) => done.test === test && done.copies > 1);
  const echoes = tests.filter(({ test }) => test === "echo").length;
  if (echoes === 0) return [];
  const [answered, unprovoked] = [again("echo").length, again("wait").length];
  const base = { topic: "transfer", check: "repeated ACK", clause: "RFC 1123 §4.2.3.1" } as const;
  if (answered - unprovoked < Math.max(1, echoes / 2)) {
    return [{
      ...{ ...base, grade: "good" },
      seen: "a repeated ACK is not answered with a repeated block",
    }];
  }
  return [{
    ...{ ...base, grade: "fault" },
    seen: `a repeated ACK brings its block a second time (${answered} of ${echoes} times): the ` +
      "Sorcerer's Apprentice Syndrome",
    advice: "one packet that is doubled or late doubles all that follow: use windows, which end " +
      "it, or fix the server",
  }];
}

function judgeStranger(seen: Seen | undefined): Finding[] {
  const done = seen?.tests.find(({ test }) => test === "stranger");
  if (done === undefined) return [];
  const base = { topic: "transfer", check: "stranger", clause: "RFC 1350 §4" } as const;
  const wentOn = seen!.blocks > 1 || seen!.whole || seen!.ending === "blocks";
  if (!wentOn) {
    return [{
      ...{ ...base, grade: "fault" },
      seen: "an ACK from another port ends or disturbs a transfer",
      advice: "anybody can stop its transfers: the server needs a fix",
    }];
  }
  const told = done.told === undefined
    ? "is ignored"
    : done.told === "ICMP"
    ? "is refused by its system (ICMP)"
    : `gets ERROR ${done.told}`;
  return [{
    ...{ ...base, grade: done.told === 5 ? "good" : "note" },
    seen: `an ACK from another port ${told}, and the transfer goes on` +
      (done.told === 5 ? "" : "; the RFC wants ERROR 5 for it"),
  }];
}

function judgeHold(held: Seen): Finding[] {
  const done = held.tests.find(({ test }) => test === "hold");
  if (done === undefined) return [];
  const base = { topic: "transfer", check: "repeat", clause: "RFC 1350 §2" } as const;
  if (done.againMs === undefined) {
    return [{
      ...{ ...base, grade: "warning" },
      seen: `a block whose ACK does not come is not sent again within ${milliseconds(HOLD_MS)}` +
        (held.garbage === 0 ? "" : "; what comes instead is no packet of TFTP"),
      advice: "a lost packet then ends the transfer unless the client repeats its ACK; ours does",
    }];
  }
  const grade = done.againMs <= QUICK_MS ? "good" : done.againMs <= SLOW_MS ? "note" : "warning";
  return [{
    ...{ ...base, grade },
    seen: `a block whose ACK does not come is sent again after ${milliseconds(done.againMs)}`,
    ...(grade === "good"
      ? {}
      : { advice: "each lost packet costs that long: with loss on the way, ask for windows" }),
  }];
}
