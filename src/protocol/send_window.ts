/**
 * The blocks a sender holds: those sent and not yet acknowledged, and what is read ahead. Payloads
 * lie one behind the other, just as the source gave them, so that a whole window is one read. A
 * DATA packet is made in place: its header is stamped over the four bytes in front of its payload
 * (the tail of the block before), which come back when the next packet is made.
 */

import { type Rollover, toWire } from "./block_number.ts";
import { DATA_HEADER_BYTES, Opcode, stampHeader } from "./packet.ts";

export class SendWindow {
  readonly #blksize: number;
  readonly #rollover: Rollover;
  /** Empty until the first read: a peer that asks and is never heard again costs no buffer. */
  #bytes = new Uint8Array(0);
  /** The packets of whole blocks by their place: making such a view costs as much as a look-up. */
  readonly #views: Uint8Array[] = [];
  readonly #capacity: number;
  readonly #saved = new Uint8Array(DATA_HEADER_BYTES);
  #stampedAt = -1;
  /** Index of the block at #start. */
  #first = 1;
  #start = DATA_HEADER_BYTES;
  #end = DATA_HEADER_BYTES;
  #last: number | undefined;

  /** Holds `windowsize` blocks at least, and as many more as fit into `readAheadBytes`. */
  constructor(blksize: number, windowsize: number, rollover: Rollover, readAheadBytes = 0) {
    this.#blksize = blksize;
    this.#rollover = rollover;
    const blocks = Math.max(windowsize, Math.floor(readAheadBytes / blksize));
    this.#capacity = DATA_HEADER_BYTES + blocks * blksize;
  }

  /** Index of the last block of the transfer, once the source has ended. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The last block that is here whole. */
  get lastLoaded(): number {
    return this.#last ?? this.#first + this.#fullBlocks() - 1;
  }

  /** The room to fill so that block `index` is here; undefined when it is, or never will be. */
  roomFor(index: number): Uint8Array | undefined {
    if (this.#last !== undefined || index <= this.lastLoaded) return undefined;
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#capacity);
    this.#restore();
    // What was read ahead moves to the front, so that the room is one piece.
    this.#bytes.copyWithin(DATA_HEADER_BYTES, this.#start, this.#end);
    this.#end -= this.#start - DATA_HEADER_BYTES;
    this.#start = DATA_HEADER_BYTES;
    return this.#bytes.subarray(this.#end);
  }

  /** The room was filled with this many bytes; fewer than there was room for end the source. */
  loaded(length: number): void {
    this.#end += length;
    if (this.#end < this.#bytes.length) this.#last = this.#first + this.#fullBlocks();
  }

  /** Blocks before `index` are acknowledged and their bytes forgotten. */
  release(index: number): void {
    this.#restore();
    this.#start = Math.min(this.#start + (index - this.#first) * this.#blksize, this.#end);
    this.#first = index;
  }

  /** The DATA packet of a block that is here; a view that the next call makes invalid. */
  packet(index: number): Uint8Array {
    this.#restore();
    const from = this.#start + (index - this.#first) * this.#blksize;
    const at = from - DATA_HEADER_BYTES;
    for (let i = 0; i < DATA_HEADER_BYTES; i++) this.#saved[i] = this.#bytes[at + i]!;
    this.#stampedAt = at;
    stampHeader(this.#bytes, at, Opcode.DATA, toWire(index, this.#rollover));
    const to = from + this.#blksize;
    if (to > this.#end) return this.#bytes.subarray(at, this.#end);
    return this.#views[at / this.#blksize] ??= this.#bytes.subarray(at, to);
  }

  /** Bytes in the blocks from `first` to `last`. */
  bytesIn(first: number, last: number): number {
    const from = this.#start + (first - this.#first) * this.#blksize;
    const to = this.#start + (last + 1 - this.#first) * this.#blksize;
    return Math.min(to, this.#end) - Math.min(from, this.#end);
  }

  #fullBlocks(): number {
    return Math.floor((this.#end - this.#start) / this.#blksize);
  }

  #restore(): void {
    if (this.#stampedAt < 0) return;
    for (let i = 0; i < DATA_HEADER_BYTES; i++) this.#bytes[this.#stampedAt + i] = this.#saved[i]!;
    this.#stampedAt = -1;
  }
}
