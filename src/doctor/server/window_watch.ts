/**
 * Watches the blocks of a download, window by window, and counts what is lost, late or repeated.
 * Pure. It keeps no data: a block that came too early is requested again.
 */

import { nearestIndex, type Rollover } from "../../protocol/mod.ts";

/** What a block turns out to be. */
export type Arrival = "old" | "early" | "next" | "end of window";

export class WindowWatch {
  readonly windowsize: number;
  /** The last block that was acknowledged. */
  #base = 0;
  #last = Infinity;
  #highest = 0;
  readonly #here = new Set<number>();
  rollover: Rollover | undefined;
  expected = 0;
  lost = 0;
  late = 0;
  windows = 0;
  wholeWindows = 0;

  constructor(windowsize: number) {
    this.windowsize = windowsize;
  }

  /** The last block before which all have come. */
  get prefix(): number {
    let index = this.#base;
    while (this.#here.has(index + 1)) index++;
    return index;
  }

  /** Whether the last block of the file is the last that has come. */
  get whole(): boolean {
    return this.prefix === this.#last;
  }

  /** The window's last block. */
  get #top(): number {
    return Math.min(this.#base + this.windowsize, this.#last);
  }

  /** The index of a block number. */
  indexOf(wire: number): number {
    const next = this.prefix + 1;
    if (next === 65536 && this.rollover === undefined && wire <= 1) {
      this.rollover = wire as Rollover;
    }
    return nearestIndex(wire, next, this.rollover ?? 0);
  }

  /** Takes a block; `short` says that it is the last one of the file. */
  take(index: number, short: boolean): Arrival {
    if (index <= this.#base || this.#here.has(index) || index > this.#base + this.windowsize) {
      return "old";
    }
    if (short) this.#last = index;
    if (index < this.#highest) this.late++;
    this.#highest = Math.max(this.#highest, index);
    const isNext = index === this.prefix + 1;
    this.#here.add(index);
    if (index === this.#top || this.prefix === this.#top) return "end of window";
    return isNext ? "next" : "early";
  }

  /** Whether any block of the window has come. */
  get begun(): boolean {
    return this.#here.size > 0;
  }

  /** Whether all of the window has come. */
  get complete(): boolean {
    return this.prefix === this.#top;
  }

  /** Ends the window; returns the index to acknowledge. */
  close(): number {
    const count = this.#top - this.#base;
    this.expected += count;
    this.lost += count - this.#here.size;
    this.windows++;
    if (this.#here.size === count) this.wholeWindows++;
    this.#base = this.prefix;
    this.#highest = this.#base;
    this.#here.clear();
    return this.#base;
  }
}
