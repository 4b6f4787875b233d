/**
 * The blocks a receiver holds: those that came in order and are not yet written, and those that
 * came after a gap (RFC 7440 lets a receiver throw these away; keeping them saves sending them
 * twice). Block `i` has its place at `(i - first) × blksize`, so that what is in order is one piece
 * to write.
 */

export class ReceiveWindow {
  readonly #blksize: number;
  readonly #bytes: Uint8Array;
  readonly #here: Uint8Array;
  /** Index of the block at offset 0: the first that is not yet taken. */
  #first = 1;
  #next = 1;
  #last: number | undefined;
  #lastLength = 0;

  constructor(blksize: number, windowsize: number) {
    this.#blksize = blksize;
    this.#bytes = new Uint8Array(blksize * windowsize);
    this.#here = new Uint8Array(windowsize);
  }

  /** Index of the first block that is missing. */
  get next(): number {
    return this.#next;
  }

  /** Index of the last block of the transfer, once it has been seen. */
  get last(): number | undefined {
    return this.#last;
  }

  /** Whether every block of the transfer is here or was taken. */
  get complete(): boolean {
    return this.#last !== undefined && this.#next > this.#last;
  }

  /** Whether a block beyond the first gap is here. */
  get keepsBeyondGap(): boolean {
    return this.#here.includes(1, this.#next - this.#first);
  }

  /** Whether a block is here that is not yet taken. */
  holds(index: number): boolean {
    return this.#here[index - this.#first] === 1;
  }

  /** Keeps a copy of a block; says whether it was new and within the window. */
  store(index: number, payload: Uint8Array): boolean {
    const slot = index - this.#first;
    if (slot < 0 || slot >= this.#here.length || this.#here[slot] === 1) return false;
    const short = payload.length < this.#blksize;
    // A transfer has one last block: nothing lies behind it, and no other block is short.
    if (this.#last !== undefined && (short || index > this.#last)) return false;
    this.#bytes.set(payload, slot * this.#blksize);
    this.#here[slot] = 1;
    if (short) {
      this.#last = index;
      this.#lastLength = payload.length;
      this.#here.fill(0, slot + 1);
    }
    while (this.#here[this.#next - this.#first] === 1) this.#next++;
    return true;
  }

  /** The bytes in order that were not yet taken; a view that is valid until {@linkcode drop}. */
  take(): Uint8Array {
    const blocks = this.#next - this.#first;
    const short = this.complete && blocks > 0 ? this.#blksize - this.#lastLength : 0;
    return this.#bytes.subarray(0, blocks * this.#blksize - short);
  }

  /** What {@linkcode take} gave is written: moves what came after a gap to the front. */
  drop(): void {
    const blocks = this.#next - this.#first;
    if (blocks === 0) return;
    if (this.keepsBeyondGap) this.#bytes.copyWithin(0, blocks * this.#blksize);
    this.#here.copyWithin(0, blocks);
    this.#here.fill(0, this.#here.length - blocks);
    this.#first = this.#next;
  }

  /** Forgets what came after the gap. */
  dropBeyondGap(): void {
    this.#here.fill(0, this.#next - this.#first);
    if (this.#last !== undefined && this.#last >= this.#next) this.#last = undefined;
  }
}
