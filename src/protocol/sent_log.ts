/**
 * When, in which order and how often the blocks of a window were sent: for the decisions of a
 * sender.
 */

/** All fields of a block are adjacent: with many transfers, memory access is the main cost. */
const FIELDS = 4;
const AT = 0;
const FIRST_AT = 1;
const ORDER = 2;
const TIMES = 3;

export class SentLog {
  /** The fields of each block of the window. A plain array: most windows are of one block. */
  readonly #fields: number[];
  readonly #windowsize: number;
  #sends = 0;
  #lastRepeat = 0;

  constructor(windowsize: number) {
    this.#windowsize = windowsize;
    this.#fields = new Array<number>(FIELDS * windowsize).fill(0);
  }

  /** Blocks `first` to `last` are sent; those before `next` were sent before. */
  note(first: number, last: number, next: number, nowMs: number): void {
    const fields = this.#fields;
    for (let index = first; index <= last; index++) {
      const at = this.#place(index);
      fields[at + TIMES] = index < next ? fields[at + TIMES]! + 1 : 1;
      if (index >= next) fields[at + FIRST_AT] = nowMs;
      fields[at + AT] = nowMs;
      fields[at + ORDER] = ++this.#sends;
      if (index < next) this.#lastRepeat = this.#sends;
    }
  }

  /** When the block was last sent. */
  atMs(index: number): number {
    return this.#fields[this.#place(index) + AT]!;
  }

  /** When the block was first sent. */
  firstAtMs(index: number): number {
    return this.#fields[this.#place(index) + FIRST_AT]!;
  }

  /** Its position in the order of everything that was sent. */
  order(index: number): number {
    return this.#fields[this.#place(index) + ORDER]!;
  }

  /**
   * Whether nothing was retransmitted since, so that its ACK is a sample of the round trip (Karn).
   */
  isClean(index: number): boolean {
    return this.order(index) > this.#lastRepeat;
  }

  /** How often it was sent. */
  times(index: number): number {
    return this.#fields[this.#place(index) + TIMES]!;
  }

  #place(index: number): number {
    return index % this.#windowsize * FIELDS;
  }
}
