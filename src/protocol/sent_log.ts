/**
 * When, in which order and how often the blocks of a window left: for the decisions of a sender.
 */

/** Side by side is what is known of a block: with many transfers, memory is what packets cost. */
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

  /** Blocks `first` to `last` leave; those before `next` have left before. */
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

  /** When the block last left. */
  atMs(index: number): number {
    return this.#fields[this.#place(index) + AT]!;
  }

  /** When the block first left. */
  firstAtMs(index: number): number {
    return this.#fields[this.#place(index) + FIRST_AT]!;
  }

  /** Its place in the order of everything that left. */
  order(index: number): number {
    return this.#fields[this.#place(index) + ORDER]!;
  }

  /** Whether nothing was sent again since it left, so that its ACK tells the round trip (Karn). */
  isClean(index: number): boolean {
    return this.order(index) > this.#lastRepeat;
  }

  /** How often it has left. */
  times(index: number): number {
    return this.#fields[this.#place(index) + TIMES]!;
  }

  #place(index: number): number {
    return index % this.#windowsize * FIELDS;
  }
}
