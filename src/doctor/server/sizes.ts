/** Searches for the largest block that gets through. Pure. */

import type { Finding } from "../finding.ts";
import { type Patience, rrq } from "./requests.ts";
import { grantedIn } from "./answer.ts";
import type { Question, Seen } from "./question.ts";

/** Well-known sizes: RFC 1350's, tunnels', one frame of Ethernet, jumbo frames, fragments. */
const STEPS: readonly number[] = [
  8,
  128,
  512,
  1024,
  1228,
  1428,
  1468,
  4096,
  8192,
  16384,
  32768,
  65464,
];
/** One frame of Ethernet over IPv4: 1500 bytes with their headers. */
export const ETHERNET_BLKSIZE = 1468;
/** Below that, the limit is searched to this precision, in bytes. */
const GRAIN = 4;
/** Headers of DATA, UDP and IPv4. */
const HEADERS = 4 + 8 + 20;

/** The result of an attempt with a size. */
export type Passage = "through" | "lost" | "unclear";

export function sizeQuestion(filename: string, blksize: number, patience: Patience): Question {
  const { waitMs } = patience;
  return {
    request: rrq(filename, { blksize }),
    ...{ blocks: 1, waitMs, times: 2, mostMs: 3 * waitMs + 500 },
  };
}

/** What one attempt shows about the size that was granted. */
export function passageOf(seen: Seen): Passage {
  if (seen.blocks > 0 && seen.bytes >= seen.blksize) return "through";
  // A short first block was the whole file: it says nothing about larger ones.
  if (seen.whole || seen.answer?.kind !== "OACK") return "unclear";
  return seen.ending === "stalled" ? "lost" : "unclear";
}

export class SizeSearch {
  /** The largest size that got through. */
  through = 0;
  /** The smallest that did not. */
  lost = Infinity;
  /** No larger size can be tried, for a reason other than the path. */
  #cap: number;
  /** The most that the server grants, where that is less than requested. */
  granted: number | undefined;
  #first = true;

  /** `cap` is the size of the file, where it is known, or the largest size to ask for. */
  constructor(cap = 65464) {
    this.#cap = Math.min(cap, 65464);
  }

  /** The size to try next; undefined where all is known. */
  next(): number | undefined {
    if (this.#first) {
      this.#first = false;
      return this.#cap;
    }
    const steps = STEPS.filter((step) => step <= this.#cap);
    const between = steps.filter((step) => step > this.through && step < this.lost);
    if (between.length > 0 && this.lost !== Infinity) {
      if (between.includes(ETHERNET_BLKSIZE)) return ETHERNET_BLKSIZE;
      return between[Math.floor(between.length / 2)];
    }
    const gap = this.lost - this.through;
    if (this.lost > ETHERNET_BLKSIZE || gap <= GRAIN) return undefined;
    return this.through + Math.max(GRAIN, Math.floor(gap / 2 / GRAIN) * GRAIN);
  }

  note(asked: number, passage: Passage, seen: Seen): void {
    const size = seen.answer?.kind === "OACK" ? seen.blksize : asked;
    if (size < asked && grantedIn(seen.answer, "blksize") !== undefined) this.granted = size;
    if (passage === "through") this.through = Math.max(this.through, Math.min(size, asked));
    else if (passage === "lost") this.lost = Math.min(this.lost, size);
    if (passage === "unclear") this.#cap = Math.min(this.#cap, asked - 1);
    // A size that was not granted need not be tried again.
    if (size < asked && passage === "through") this.#cap = size;
  }
}

export function judgeSizes(search: SizeSearch, fileSize: number | undefined): Finding[] {
  const { through, lost, granted } = search;
  const base = { topic: "path", check: "largest block", clause: "RFC 2348" } as const;
  if (through === 0 && lost === Infinity) return [];
  if (lost !== Infinity) {
    const narrow = lost <= ETHERNET_BLKSIZE;
    return [{
      ...{ ...base, grade: narrow ? "fault" : "note" },
      seen: through === 0
        ? `no block got through, not even one of ${lost} bytes`
        : `blocks of ${through} bytes get through, those of ${lost} bytes do not` +
          (narrow ? `: the way carries packets of ${through + HEADERS} bytes` : ", in fragments"),
      advice: narrow
        ? `let clients ask for ${through} bytes, or let the server grant no more (tftp serve ` +
          `--max-blksize ${through}); a tunnel with a small MTU or a firewall that drops ` +
          "fragments lies on the way"
        : "firewalls, tunnels and boot ROMs drop fragments: stay within one frame",
    }];
  }
  const limit = granted !== undefined && through === granted
    ? ", the most that the server grants"
    : fileSize !== undefined && through >= fileSize - 1
    ? ", the most that this file can show"
    : "";
  return [{
    ...{ ...base, grade: "good" },
    seen: `blocks of ${through} bytes get through${limit}`,
  }];
}
