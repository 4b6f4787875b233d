/** What a server does when it hears something twice, or nothing, or a stranger. Pure. */

import type { RequestPacket } from "../../protocol/mod.ts";
import type { Finding } from "../finding.ts";
import { milliseconds } from "../words.ts";
import { type Patience, patienceMs } from "./asking.ts";
import type { Deed, Done, Question, Seen } from "./question.ts";

/** A server that repeats its block sooner does so by a timer that suits the path. */
const QUICK_MS = 1500;
/** One that takes longer is given up by many clients. */
const SLOW_MS = 4000;
/** How long a repeat is waited for. */
export const HOLD_MS = 7000;

/** Repeats an ACK at every second block, and compares with the blocks between. */
export function repeatedAcks(
  request: RequestPacket,
  { spots, roundTripMs, patience }: { spots: number; roundTripMs: number; patience: Patience },
): Question {
  const deeds = new Map<number, Deed>([[1, "stranger"]]);
  for (let at = 2; at < 2 + 2 * spots; at++) deeds.set(at, at % 2 === 0 ? "echo" : "wait");
  const watchMs = Math.min(300, Math.max(50, 5 * roundTripMs));
  return {
    ...{ request, blocks: 2 + 2 * spots, ...patience, deeds, watchMs },
    mostMs: 2000 + patienceMs(patience) + (2 * spots + 1) * watchMs,
  };
}

/** Keeps the first ACK back until the block comes again. */
export function withheldAck(request: RequestPacket, patience: Patience): Question {
  return {
    ...{ request, blocks: 2, ...patience, deeds: new Map<number, Deed>([[1, "hold"]]) },
    mostMs: HOLD_MS,
  };
}

export function judgeRepeats(seen: Seen | undefined, held: Seen | undefined): Finding[] {
  return [
    ...judgeEchoes(seen?.deeds ?? []),
    ...judgeStranger(seen),
    ...(held === undefined ? [] : judgeHold(held)),
  ];
}

function judgeEchoes(deeds: readonly Done[]): Finding[] {
  const again = (deed: Deed) => deeds.filter((done) => done.deed === deed && done.copies > 1);
  const echoes = deeds.filter(({ deed }) => deed === "echo").length;
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
      "it, or mend the server",
  }];
}

function judgeStranger(seen: Seen | undefined): Finding[] {
  const done = seen?.deeds.find(({ deed }) => deed === "stranger");
  if (done === undefined) return [];
  const base = { topic: "transfer", check: "stranger", clause: "RFC 1350 §4" } as const;
  const wentOn = seen!.blocks > 1 || seen!.whole || seen!.ending === "blocks";
  if (!wentOn) {
    return [{
      ...{ ...base, grade: "fault" },
      seen: "an ACK from another port ends or disturbs a transfer",
      advice: "anybody can stop its transfers: the server has to be mended",
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
  const done = held.deeds.find(({ deed }) => deed === "hold");
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
