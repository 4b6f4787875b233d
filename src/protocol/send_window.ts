/**
 * The blocks that a sender holds: those sent and not yet acknowledged, and what was read ahead.
 * Payloads are stored one after the other, just as the source gave them, so a whole window is one
 * read.
 *
 * Sockets that can send a header and a payload from two places take the payloads where they are.
 * For the others a DATA packet is made in place: its header is written over the four bytes before
 * its payload (the end of the block before), which are restored before anything else is done.
 *
 * Where all of the file is in memory already, the window is a view of it: nothing is copied. Since
 * others may send the same bytes, a packet is then made in a buffer of its own.
 */

import { type Rollover, toWire } from "./block_number.ts";
import type { Blocks } from "./machine.ts";
import { DATA_HEADER_BYTES, Opcode, stampHeader } from "./packet.ts";

const NO_BYTES = new Uint8Array(0);

export interface SendWindowSettings {
  readonly blksize: number;
  readonly windowsize: number;
  readonly rollover: Rollover;
  /** Hold as many more blocks as fit into this. @default {0} */
  readonly readAheadBytes?: number | undefined;
  /** The whole file: then nothing is read. */
  readonly content?: Uint8Array | undefined;
}

export class SendWindow implements Blocks {
  readonly blksize: number;
  readonly #rollover: Rollover;
  /** Empty until the first read: a peer that never answers costs no buffer. */
  #bytes: Uint8Array = NO_BYTES;
  /**
   * The packets of full blocks by their position: making such a view costs as much as a look-up.
   */
  readonly #views: Uint8Array[] = [];
  readonly #capacity: number;
  /** The bytes that a header was written over. */
  #saved = 0;
  #stampedAt = -1;
  /** Where a packet is made when the bytes are shared. */
  #packet: Uint8Array | undefined;
  readonly #shared: boolean;
  /** Index of the block at #start. */
  #first = 1;
  #start = DATA_HEADER_BYTES;
  #end = DATA_HEADER_BYTES;
  #last: number | undefined;

  constructor(settings: SendWindowSettings) {
    const { blksize, windowsize, rollover, readAheadBytes = 0, content } = settings;
    this.blksize = blksize;
    this.#rollover = rollover;
    const blocks = Math.max(windowsize, Math.floor(readAheadBytes / blksize));
    this.#capacity = DATA_HEADER_BYTES + blocks * blksize;
    this.#shared = content !== undefined;
    if (content === undefined) return;
    this.#bytes = content;
    this.#start = 0;
    this.#end = content.length;
    this.#last = 1 + this.#fullBlocks();
  }

  /** Index of the last block of the transfer, once the source has ended. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The last block that is completely here. */
  get lastLoaded(): number {
    return this.#last ?? this.#first + this.#fullBlocks() - 1;
  }

  /** The buffer to fill so that block `index` is here; undefined when it is, or never will be. */
  roomFor(index: number): Uint8Array | undefined {
    if (this.#last !== undefined || index <= this.lastLoaded) return undefined;
    // From a separate buffer, however small: the system may get its address.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(new ArrayBuffer(this.#capacity));
    this.#restore();
    // What was read ahead moves to the front, so that the room is one piece.
    this.#bytes.copyWithin(DATA_HEADER_BYTES, this.#start, this.#end);
    this.#end -= this.#start - DATA_HEADER_BYTES;
    this.#start = DATA_HEADER_BYTES;
    return this.#bytes.subarray(this.#end);
  }

  /** The buffer was filled with this many bytes; fewer than fit mean the end of the source. */
  loaded(length: number): void {
    this.#end += length;
    if (this.#end < this.#bytes.length) this.#last = this.#first + this.#fullBlocks();
  }

  /** Blocks before `index` are acknowledged, and their bytes are dropped. */
  release(index: number): void {
    this.#restore();
    this.#start = Math.min(this.#placeOf(index), this.#end);
    this.#first = index;
  }

  packet(index: number): Uint8Array {
    this.#restore();
    const from = this.#placeOf(index);
    const to = Math.min(from + this.blksize, this.#end);
    if (this.#shared) return this.#copied(index, from, to);
    const at = from - DATA_HEADER_BYTES;
    this.#saved = readWord(this.#bytes, at);
    this.#stampedAt = at;
    stampHeader(this.#bytes, at, Opcode.DATA, this.wireNumber(index));
    if (to < from + this.blksize) return this.#bytes.subarray(at, to);
    return this.#views[at / this.blksize] ??= this.#bytes.subarray(at, to);
  }

  payload(first: number, last: number): Uint8Array {
    this.#restore();
    const to = Math.min(this.#placeOf(last + 1), this.#end);
    return this.#bytes.subarray(this.#placeOf(first), to);
  }

  wireNumber(index: number): number {
    return toWire(index, this.#rollover);
  }

  /** Bytes in the blocks from `first` to `last`. */
  bytesIn(first: number, last: number): number {
    return Math.min(this.#placeOf(last + 1), this.#end) - Math.min(this.#placeOf(first), this.#end);
  }

  #placeOf(index: number): number {
    return this.#start + (index - this.#first) * this.blksize;
  }

  #fullBlocks(): number {
    return Math.floor((this.#end - this.#start) / this.blksize);
  }

  #copied(index: number, from: number, to: number): Uint8Array {
    this.#packet ??= new Uint8Array(
      DATA_HEADER_BYTES + Math.min(this.blksize, this.#bytes.length),
    );
    stampHeader(this.#packet, 0, Opcode.DATA, this.wireNumber(index));
    this.#packet.set(this.#bytes.subarray(from, to), DATA_HEADER_BYTES);
    const length = DATA_HEADER_BYTES + to - from;
    return length === this.#packet.length ? this.#packet : this.#packet.subarray(0, length);
  }

  #restore(): void {
    if (this.#stampedAt < 0) return;
    writeWord(this.#bytes, this.#stampedAt, this.#saved);
    this.#stampedAt = -1;
  }
}

function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
