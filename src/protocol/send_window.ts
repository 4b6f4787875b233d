/**
 * The blocks that a sender holds: those sent and not yet acknowledged, and what was read ahead. A
 * block has its slot in a ring, so blocks never move, and a read fills several slots at once.
 *
 * Sockets that can send a header and a payload from two places take the payloads where they are.
 * For the others a DATA packet is made in place: its header is written over the four bytes before
 * its payload (the end of the slot before), which are restored before anything else is done.
 *
 * Where all of the file is in memory already, the window is a view of it: nothing is copied. Since
 * others may send the same bytes, a packet is then made in a buffer of its own. Where the system
 * has mapped the file, the window knows the addresses of the bytes only.
 */

import { type Rollover, toWire } from "./block_number.ts";
import type { Blocks, MappedBytes } from "./machine.ts";
import { DATA_HEADER_BYTES, Opcode, stampHeader } from "./packet.ts";

const NO_BYTES = new Uint8Array(0);

/** Bytes of the next window that are read while this one is sent; one block may be more. */
const MAX_AHEAD_BYTES = 64 * 1024;

export interface SendWindowSettings {
  readonly blksize: number;
  readonly windowsize: number;
  readonly rollover: Rollover;
  /** Read so much at once, if that is more than a window; with 0, nothing is read ahead. */
  readonly readAheadBytes?: number | undefined;
  /** The whole file: then nothing is read. */
  readonly content?: Uint8Array | MappedBytes | undefined;
}

export class SendWindow implements Blocks {
  readonly blksize: number;
  readonly #rollover: Rollover;
  /** Empty until the first read: a peer that never answers costs no buffer. */
  #bytes: Uint8Array = NO_BYTES;
  /** The packets of full blocks by slot: making such a view costs as much as a look-up. */
  readonly #views: Uint8Array[] = [];
  /** The same of their payloads: in lockstep each is read into and sent from. */
  readonly #payloads: Uint8Array[] = [];
  /** Blocks that one read fills. */
  readonly #perRead: number;
  /** Blocks that there is room for. */
  readonly #slots: number;
  /** Where the first slot is. */
  readonly #origin: number;
  /** The bytes that a header was written over. */
  #saved = 0;
  #stampedAt = -1;
  /** Where a packet is made when the bytes are shared. */
  #packet: Uint8Array | undefined;
  readonly #shared: boolean;
  /** Where the file is mapped. */
  readonly #address: number | undefined;
  /** Index of the oldest block. */
  #first = 1;
  /** Index of the block to be read next. */
  #next = 1;
  /** Size of the buffer that was given out last. */
  #roomBytes = 0;
  /** Whether that is filled before it is needed. */
  #isAhead = false;
  #last: number | undefined;
  #lastBytes = 0;

  constructor(settings: SendWindowSettings) {
    const { blksize, windowsize, rollover, readAheadBytes = 0, content } = settings;
    this.blksize = blksize;
    this.#rollover = rollover;
    this.#shared = content !== undefined;
    if (content !== undefined) {
      if (content instanceof Uint8Array) this.#bytes = content;
      else this.#address = content.address;
      this.#origin = 0;
      this.#end(Math.floor(content.length / blksize) + 1, content.length % blksize);
      this.#perRead = 0;
      this.#slots = this.#next;
      return;
    }
    this.#origin = DATA_HEADER_BYTES;
    this.#perRead = Math.max(windowsize, Math.floor(readAheadBytes / blksize));
    const ahead = Math.max(1, Math.floor(MAX_AHEAD_BYTES / blksize));
    this.#slots = this.#perRead + (readAheadBytes > 0 ? Math.min(this.#perRead, ahead) : 0);
  }

  /** Index of the last block of the transfer, once the source has ended. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The last block that is completely here. */
  get lastLoaded(): number {
    return this.#next - 1;
  }

  /** Whether to read before that is needed, so that block `index` is here. */
  readsAhead(index: number): boolean {
    return this.#slots > this.#perRead && this.#wants(index);
  }

  /** The buffer to fill then. */
  roomAhead(): Uint8Array {
    this.#isAhead = true;
    return this.#room();
  }

  /**
   * The buffer to fill next, as long as block `index` is not here; undefined when it is, or never
   * will be, and when there is no room.
   */
  roomFor(index: number): Uint8Array | undefined {
    return this.#wants(index) ? this.#room() : undefined;
  }

  /**
   * The buffer was filled with this many bytes; fewer than fit mean the end of the source. Returns
   * whether it was one to be filled ahead.
   */
  loaded(length: number): boolean {
    const blocks = Math.floor(length / this.blksize);
    if (length === this.#roomBytes) this.#next += blocks;
    else this.#end(this.#next + blocks, length % this.blksize);
    const isAhead = this.#isAhead;
    this.#isAhead = false;
    return isAhead;
  }

  /** Blocks before `index` are acknowledged, and their bytes are dropped. */
  release(index: number): void {
    this.#restore();
    this.#first = index;
  }

  packet(index: number): Uint8Array {
    this.#mustBeVisible();
    this.#restore();
    const from = this.#placeOf(index);
    const to = from + this.bytesIn(index, index);
    if (this.#shared) return this.#copied(index, from, to);
    const at = from - DATA_HEADER_BYTES;
    this.#saved = readWord(this.#bytes, at);
    this.#stampedAt = at;
    stampHeader(this.#bytes, at, Opcode.DATA, this.wireNumber(index));
    if (to < from + this.blksize) return this.#bytes.subarray(at, to);
    return this.#views[at / this.blksize] ??= this.#bytes.subarray(at, to);
  }

  inOnePiece(first: number): number {
    return this.#slots - this.#slotOf(first);
  }

  payload(first: number, last: number): Uint8Array {
    this.#mustBeVisible();
    this.#restore();
    return this.#view(this.#placeOf(first), this.bytesIn(first, last));
  }

  mapped(first: number, last: number): MappedBytes | undefined {
    if (this.#address === undefined) return undefined;
    return {
      address: this.#address + this.#placeOf(first),
      length: this.bytesIn(first, last),
    };
  }

  wireNumber(index: number): number {
    return toWire(index, this.#rollover);
  }

  /** Bytes in the blocks from `first` to `last`. */
  bytesIn(first: number, last: number): number {
    const full = last === this.#last ? last - first : last - first + 1;
    return full * this.blksize + (last === this.#last ? this.#lastBytes : 0);
  }

  /** Whether block `index` may come, is not here, and has room. */
  #wants(index: number): boolean {
    return index >= this.#next && this.#last === undefined && this.#free() > 0;
  }

  /** The free slots, as the buffer to fill next. */
  #room(): Uint8Array {
    if (this.#bytes.length === 0) {
      // From a separate buffer, however small: the system may get its address.
      const bytes = DATA_HEADER_BYTES + this.#slots * this.blksize;
      this.#bytes = new Uint8Array(new ArrayBuffer(bytes));
    }
    this.#restore();
    this.#roomBytes = this.#free() * this.blksize;
    return this.#view(this.#placeOf(this.#next), this.#roomBytes);
  }

  #view(from: number, bytes: number): Uint8Array {
    if (bytes !== this.blksize || this.#shared) return this.#bytes.subarray(from, from + bytes);
    const slot = (from - this.#origin) / this.blksize;
    return this.#payloads[slot] ??= this.#bytes.subarray(from, from + bytes);
  }

  /** Number of free slots that one read can fill. */
  #free(): number {
    const free = this.#slots - (this.#next - this.#first);
    return Math.min(this.#perRead, free, this.inOnePiece(this.#next));
  }

  /** The source has ended: its last block is `index` and has so many bytes. */
  #end(index: number, bytes: number): void {
    this.#last = index;
    this.#lastBytes = bytes;
    this.#next = index + 1;
  }

  #slotOf(index: number): number {
    return (index - 1) % this.#slots;
  }

  #placeOf(index: number): number {
    return this.#origin + this.#slotOf(index) * this.blksize;
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

  /** Without this, a socket that takes no addresses would send nothing as the content. */
  #mustBeVisible(): void {
    if (this.#address === undefined) return;
    throw new TypeError("The blocks are mapped: only a socket that takes addresses can send them");
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
