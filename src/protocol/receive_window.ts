/**
 * The blocks that a receiver holds: those that came in order and are not yet written, and those
 * that came after a gap. RFC 7440 lets a receiver discard these; keeping them saves
 * retransmissions. Block `i` is at `(i - first) × blksize`, so that everything in order is one
 * piece to write.
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

  /** Whether every block of the transfer is here or was written. */
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

  /** Keeps a copy of a block; returns whether it was new and within the window. */
  store(index: number, payload: Uint8Array): boolean {
    const slot = index - this.#first;
    if (slot < 0 || slot >= this.#here.length || this.#here[slot] === 1) return false;
    const short = payload.length < this.#blksize;
    // A transfer has one last block: nothing follows it, and no other block is short.
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

  /** What {@linkcode take} returned is written: moves what came after a gap to the front. */
  drop(): void {
    const blocks = this.#next - this.#first;
    if (blocks === 0) return;
    if (this.keepsBeyondGap) this.#bytes.copyWithin(0, blocks * this.#blksize);
    this.#here.copyWithin(0, blocks);
    this.#here.fill(0, this.#here.length - blocks);
    this.#first = this.#next;
  }

  /** Discards what came after the gap. */
  dropBeyondGap(): void {
    this.#here.fill(0, this.#next - this.#first);
    if (this.#last !== undefined && this.#last >= this.#next) this.#last = undefined;
  }
}

/**
 * The receive buffer that Linux gives a socket which asks for none.
 *
 * ```ts
 * import { DEFAULT_RECEIVE_BUFFER_BYTES, maxWindowsizeFor } from "@tftp/tftp/protocol";
 *
 * const blocks = maxWindowsizeFor(1428, 4 * DEFAULT_RECEIVE_BUFFER_BYTES);
 * if (blocks !== 4 * maxWindowsizeFor(1428)) throw new Error(`${blocks} blocks`);
 * ```
 */
export const DEFAULT_RECEIVE_BUFFER_BYTES = 212_992;

/**
 * The blocks of this size that a receive buffer surely holds, a default one where the receiver's is
 * not known. The kernel charges each datagram by the buffer it sits in, hence the steps. With one
 * block more, the tail of every window is lost and a transfer crawls from timeout to timeout.
 *
 * ```ts
 * import { maxWindowsizeFor } from "@tftp/tftp/protocol";
 *
 * const blocks = [512, 1428, 8192].map((blksize) => maxWindowsizeFor(blksize));
 * if (blocks.join() !== "128,64,8") throw new Error(blocks.join());
 * ```
 */
export function maxWindowsizeFor(
  blksize: number,
  bufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES,
): number {
  const [, blocks] = WINDOW_STEPS.find(([size]) => blksize <= size) ?? [0, 2];
  return Math.max(1, Math.floor(blocks * bufferBytes / DEFAULT_RECEIVE_BUFFER_BYTES));
}

const WINDOW_STEPS: readonly (readonly [blksize: number, blocks: number])[] = [
  [512, 128],
  [1472, 64],
  [2048, 32],
  [4096, 16],
  [16384, 8],
  [32768, 4],
];
