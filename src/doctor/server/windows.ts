/** The largest window that gets through completely. Pure. */

import type { Finding } from "../finding.ts";
import { percent } from "../format.ts";
import { type Patience, rrq } from "./requests.ts";
import type { Question, Seen } from "./question.ts";

/** Window sizes to try, the largest first, and how often. */
export const WINDOWS: readonly (readonly [windowsize: number, count: number])[] = [
  [64, 6],
  [16, 12],
  [4, 40],
];
/** How much more than single datagrams a burst may lose. */
const BURST_LOSS = 0.02;
/** The client's default, and enough for most networks. */
const ENOUGH = 32;

export function windowQuestion(
  filename: string,
  { blksize, windowsize, count, patience }: {
    blksize: number;
    windowsize: number;
    count: number;
    patience: Patience;
  },
): Question {
  return {
    request: rrq(filename, { blksize, windowsize }),
    ...{ blocks: windowsize * count, ...patience, mostMs: 6000 },
  };
}

export function lossIn({ expected, lost }: Seen): number {
  return expected === 0 ? 0 : lost / expected;
}

/** Whether to try smaller windows, to tell an overflowing burst from ordinary loss. */
export function needsSmaller(seen: readonly Seen[]): boolean {
  return seen.length > 0 && seen.some((one) => lossIn(one) > 0);
}

/** The largest window that loses no more than the smallest one. */
export function bestWindow(seen: readonly Seen[]): number {
  const usable = seen.filter(({ windows }) => windows > 0);
  if (usable.length === 0) return 1;
  const usual = Math.min(...usable.map(lossIn));
  const fine = usable.filter((one) => lossIn(one) <= 3 * usual + BURST_LOSS);
  return Math.max(...fine.map(({ windowsize }) => windowsize));
}

/** What a client should ask for. */
export function windowToAsk(seen: readonly Seen[]): number {
  return Math.min(ENOUGH, bestWindow(seen));
}

export function judgeWindows(seen: readonly Seen[]): Finding[] {
  const [largest] = seen.filter(({ windows }) => windows > 0);
  const base = { topic: "path", check: "largest window", clause: "RFC 7440 §4" } as const;
  if (largest === undefined) return [];
  if (largest.windowsize === 1) {
    return [{
      ...{ ...base, grade: "note" },
      seen: "the server does not support windowsize: it sends one block per round trip",
      advice: "speed is the block size divided by the round trip: ask for large blocks",
    }];
  }
  const { windowsize, wholeWindows, windows } = largest;
  const best = bestWindow(seen);
  if (best === windowsize) {
    const short = largest.whole ? ", as many as the file has" : "";
    return [{
      ...{ ...base, grade: "good" },
      seen: `windows of ${windowsize} blocks get through: ${wholeWindows} of ${windows} came ` +
        `whole${short}`,
    }];
  }
  return [{
    ...{ ...base, grade: "warning" },
    seen: `windows of ${windowsize} blocks lose ${percent(lossIn(largest))} of them, windows of ` +
      `${best} blocks ${percent(lossIn(seen.find((one) => one.windowsize === best)!))}`,
    advice:
      `a buffer on the way or here is too small for such bursts: ask for --windowsize ${best}`,
  }];
}
