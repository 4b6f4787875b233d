/** When, in which order and how often the blocks of a window left: what a sender reasons from. */

export class SentLog {
  // Plain arrays: most windows are of one block, and four typed arrays cost more than its packet.
  readonly #atMs: number[];
  readonly #firstAtMs: number[];
  readonly #order: number[];
  readonly #times: number[];
  #sends = 0;
  #lastRepeat = 0;

  constructor(windowsize: number) {
    const zeroes = () => new Array<number>(windowsize).fill(0);
    this.#atMs = zeroes();
    this.#firstAtMs = zeroes();
    this.#order = zeroes();
    this.#times = zeroes();
  }

  /** Blocks `first` to `last` leave; those before `next` have left before. */
  note(first: number, last: number, next: number, nowMs: number): void {
    for (let index = first; index <= last; index++) {
      const at = index % this.#times.length;
      this.#times[at] = index < next ? Math.min(this.#times[at]! + 1, 255) : 1;
      if (index >= next) this.#firstAtMs[at] = nowMs;
      this.#atMs[at] = nowMs;
      this.#order[at] = ++this.#sends;
      if (index < next) this.#lastRepeat = this.#sends;
    }
  }

  /** When the block last left. */
  atMs(index: number): number {
    return this.#atMs[index % this.#times.length]!;
  }

  /** When the block first left. */
  firstAtMs(index: number): number {
    return this.#firstAtMs[index % this.#times.length]!;
  }

  /** Its place in the order of everything that left. */
  order(index: number): number {
    return this.#order[index % this.#times.length]!;
  }

  /** Whether nothing was sent again since it left, so that its ACK tells the round trip (Karn). */
  isClean(index: number): boolean {
    return this.order(index) > this.#lastRepeat;
  }

  /** How often it has left. */
  times(index: number): number {
    return this.#times[index % this.#times.length]!;
  }
}
