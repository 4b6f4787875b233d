/** What follows block 65535. Pure. */

import type { Finding } from "../finding.ts";
import { type Patience, rrq } from "./requests.ts";
import type { Question, Seen } from "./question.ts";

/** Blocks to receive: a few after the wrap. */
const BLOCKS = 65_545;
const LAST = 65_535;
const MOST_MS = 240_000;
/** It divides 65535, so that a window ends there. */
const WINDOWSIZE = 51;

const BASE = { topic: "transfer", check: "block numbers" } as const;

/** The smallest file that shows it, in blocks of this size. */
export function bytesToWrap(blksize: number): number {
  return BLOCKS * blksize + 1;
}

/** `blksize` is the smallest that the server grants; undefined where it grants none. */
export function wrapQuestion(
  filename: string,
  { blksize, windows, patience }: {
    blksize: number | undefined;
    windows: boolean;
    patience: Patience;
  },
): Question {
  const options = {
    ...(blksize === undefined ? {} : { blksize }),
    ...(windows ? { windowsize: WINDOWSIZE } : {}),
  };
  return { request: rrq(filename, options), blocks: BLOCKS, ...patience, mostMs: MOST_MS };
}

export function tooSmallToWrap(blksize: number, fileSize: number): Finding {
  return {
    ...{ ...BASE, grade: "note" },
    seen: `block numbers past 65535 can't be tried with this file: it has ${fileSize} bytes, and ` +
      `${bytesToWrap(blksize)} are needed in blocks of ${blksize}`,
  };
}

export function judgeWrap(seen: Seen): Finding[] {
  const { rollover, blocks, error, ending } = seen;
  if (rollover !== undefined && blocks > LAST + 1) {
    return [{
      ...{ ...BASE, grade: rollover === 0 ? "good" : "note" },
      seen: `block 65535 is followed by block ${rollover}: large files get through`,
      ...(rollover === 0 ? {} : { advice: "most clients expect 0: they stop there" }),
    }];
  }
  if (blocks < LAST) {
    return [{
      ...{ ...BASE, grade: "warning" },
      seen: `block numbers past 65535 could not be tried: the transfer ended at block ${blocks} ` +
        `(${ending})`,
    }];
  }
  const how = error === undefined ? "nothing follows" : `ERROR ${error.code} follows`;
  return [{
    ...{ ...BASE, grade: "fault" },
    seen: `it stops at block 65535 (${how}): it does not wrap block numbers`,
    advice: `no file of more than 65535 blocks can be fetched, which is 32 MiB in blocks of 512 ` +
      "bytes: ask for larger blocks",
  }];
}
