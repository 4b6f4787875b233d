/**
 * Datagrams of one socket that are sent with one system call. DATA headers are written here;
 * payloads stay where they are. Blocks of equal size are segments of one message, which the system,
 * or the network card, splits (UDP_SEGMENT).
 */

import type { Blocks } from "../../engine/network.ts";
import { putLocalAddress, putSegment } from "./control.ts";
import {
  AT_IOV_LEN,
  AT_MSG_CONTROL,
  AT_MSG_CONTROLLEN,
  AT_MSG_IOV,
  AT_MSG_IOVLEN,
  AT_MSG_NAME,
  AT_MSG_NAMELEN,
  SIZEOF_IOVEC,
  SIZEOF_MMSGHDR,
  SIZEOF_SOCKADDR_IN,
  SIZEOF_SOCKADDR_IN6,
} from "./layout.ts";
import type { NativePeer } from "./native_peer.ts";
import { fixedMemory, MAY_MOVE_BYTES, type System } from "./system.ts";
import { put64 } from "./int64.ts";

/** Messages per call. */
export const SEND_BATCH = 128;
/** Segments that the system accepts in one message. */
export const MAX_SEGMENTS = 64;
/** The largest payload of a datagram over IPv4, and so of a message before it is split. */
export const MAX_MESSAGE_BYTES = 65507;
/** Up to this size, bytes are copied: that is cheaper than finding out where they are. */
const COPIED_BYTES = 256;
/** Blocks per call; each has a pair of iovecs: its header, its payload. */
const PAIRS = 2048;

const HEADER_BYTES = 4;
const DATA_OPCODE = 3;
const NAME_BYTES = 32;
const CONTROL_BYTES = 64;
const PAIR_BYTES = 2 * SIZEOF_IOVEC;
const MESSAGE_WORDS = SIZEOF_MMSGHDR / 4;
const PAIR_WORDS = PAIR_BYTES / 4;
/** Index within a pair of the payload's address, and of its length. */
const PAYLOAD_WORD = SIZEOF_IOVEC / 4;
const PAYLOAD_LENGTH_WORD = (SIZEOF_IOVEC + AT_IOV_LEN) / 4;

/** What a batch needs to know of its socket. */
export interface SocketKind {
  /** Whether it has IPv6 addresses. */
  readonly six: boolean;
  /** Whether each message sets its source address, because the socket has several. */
  readonly setsSource: boolean;
}

export class SendBatch {
  /** Number of messages so far. */
  count = 0;
  /** What the system gets: `count` mmsghdr. */
  readonly messages: Uint8Array<ArrayBuffer>;
  readonly #system: System;
  readonly #words = new Int32Array(fixedMemory(SEND_BATCH * SIZEOF_MMSGHDR));
  readonly #names = new Int32Array(fixedMemory(SEND_BATCH * NAME_BYTES));
  readonly #controls = new Int32Array(fixedMemory(SEND_BATCH * CONTROL_BYTES));
  readonly #pairs = new Int32Array(fixedMemory(PAIRS * PAIR_BYTES));
  readonly #headers = new Uint8Array(fixedMemory(PAIRS * HEADER_BYTES));
  readonly #copies = new Uint8Array(fixedMemory(SEND_BATCH * COPIED_BYTES));
  readonly #pairsAddress: number;
  readonly #copiesAddress: number;
  readonly #peers: NativePeer[] = [];
  /** Keeps what the system reads from being collected before it is sent. */
  readonly #kept: unknown[] = new Array(SEND_BATCH).fill(undefined);
  readonly #segments = new Uint8Array(SEND_BATCH);
  readonly #segmentBytes = new Uint16Array(SEND_BATCH);
  readonly #firstPair = new Uint16Array(SEND_BATCH);
  #kind: SocketKind = { six: false, setsSource: false };
  #usedPairs = 0;

  constructor(system: System) {
    this.#system = system;
    this.messages = new Uint8Array(this.#words.buffer);
    this.#pairsAddress = system.addressOf(this.#pairs.buffer);
    this.#copiesAddress = system.addressOf(this.#copies.buffer);
    const names = system.addressOf(this.#names.buffer);
    const controls = system.addressOf(this.#controls.buffer);
    for (let index = 0; index < SEND_BATCH; index++) {
      const message = index * MESSAGE_WORDS;
      put64(this.#words, message + AT_MSG_NAME / 4, names + index * NAME_BYTES);
      put64(this.#words, message + AT_MSG_CONTROL / 4, controls + index * CONTROL_BYTES);
    }
    const headers = system.addressOf(this.#headers.buffer);
    for (let pair = 0; pair < PAIRS; pair++) {
      put64(this.#pairs, pair * PAIR_WORDS, headers + pair * HEADER_BYTES);
      put64(this.#pairs, pair * PAIR_WORDS + AT_IOV_LEN / 4, HEADER_BYTES);
      this.#headers[pair * HEADER_BYTES + 1] = DATA_OPCODE;
    }
  }

  /** From here on it is for such a socket. */
  begin(kind: SocketKind): void {
    this.#kind = kind;
  }

  /** Whether a message of any kind still fits. */
  hasRoom(): boolean {
    return this.count < SEND_BATCH && this.#usedPairs + MAX_SEGMENTS <= PAIRS;
  }

  /** Clears it after it was sent. */
  clear(): void {
    for (let index = 0; index < this.count; index++) this.#kept[index] = undefined;
    this.count = 0;
    this.#usedPairs = 0;
  }

  /** Adds a datagram. */
  addDatagram(bytes: Uint8Array, to: NativePeer): void {
    const message = this.count * MESSAGE_WORDS;
    const pair = this.#usedPairs++;
    const words = pair * PAIR_WORDS;
    put64(this.#pairs, words + PAYLOAD_WORD, this.#place(bytes));
    this.#pairs[words + PAYLOAD_LENGTH_WORD] = bytes.length;
    this.#addMessage(to, pair, 1, 0);
    // Uses only the payload of the pair.
    put64(this.#words, message + AT_MSG_IOV / 4, this.#pairAddress(pair) + SIZEOF_IOVEC);
    this.#words[message + AT_MSG_IOVLEN / 4] = 1;
  }

  /**
   * Adds blocks as one message, split into segments where they are several: each has `blksize`
   * bytes, but the last of all may have fewer. All of them are in one piece.
   */
  addBlocks(blocks: Blocks, first: number, count: number, to: NativePeer): void {
    const { blksize } = blocks;
    const last = first + count - 1;
    const bytes = blocks.mapped?.(first, last) ?? blocks.payload(first, last);
    const pair = this.#usedPairs;
    this.#usedPairs += count;
    let address = "address" in bytes ? bytes.address : this.#place(bytes);
    let left = bytes.length;
    for (let at = 0; at < count; at++) {
      const words = (pair + at) * PAIR_WORDS;
      const length = at === count - 1 ? left : blksize;
      put64(this.#pairs, words + PAYLOAD_WORD, address);
      this.#pairs[words + PAYLOAD_LENGTH_WORD] = length;
      const header = (pair + at) * HEADER_BYTES;
      const number = blocks.wireNumber(first + at);
      this.#headers[header + 2] = number >> 8;
      this.#headers[header + 3] = number;
      address += blksize;
      left -= blksize;
    }
    this.#addMessage(to, pair, count, HEADER_BYTES + blksize);
  }

  /** The peer of a message. */
  peer(index: number): NativePeer {
    return this.#peers[index]!;
  }

  /** Number of datagrams that a message becomes. */
  segments(index: number): number {
    return this.#segments[index]!;
  }

  /** Size in bytes of each datagram, except the last. */
  segmentBytes(index: number): number {
    return this.#segmentBytes[index]!;
  }

  /** Writes the segments of a message as separate messages. */
  writeSingles(index: number, singles: Int32Array): void {
    const message = index * MESSAGE_WORDS;
    const control = this.#putControl(this.peer(index), index, 1, 0);
    for (let segment = 0; segment < this.#segments[index]!; segment++) {
      const single = segment * MESSAGE_WORDS;
      for (let word = 0; word < MESSAGE_WORDS; word++) {
        singles[single + word] = this.#words[message + word]!;
      }
      const pair = this.#firstPair[index]! + segment;
      put64(singles, single + AT_MSG_IOV / 4, this.#pairAddress(pair));
      singles[single + AT_MSG_IOVLEN / 4] = 2;
      singles[single + AT_MSG_CONTROLLEN / 4] = control;
    }
  }

  /** Where the next message's bytes are, or where they are copied to. */
  #place(bytes: Uint8Array): number {
    const { buffer, byteOffset, length } = bytes;
    if (length <= COPIED_BYTES || buffer.byteLength <= MAY_MOVE_BYTES) {
      const copy = this.count * COPIED_BYTES;
      this.#copies.set(bytes, copy);
      return this.#copiesAddress + copy;
    }
    this.#kept[this.count] = buffer;
    return this.#system.addressOf(buffer) + byteOffset;
  }

  #addMessage(to: NativePeer, pair: number, segments: number, segmentBytes: number): void {
    const index = this.count++;
    const message = index * MESSAGE_WORDS;
    this.#peers[index] = to;
    this.#segments[index] = segments;
    this.#segmentBytes[index] = segmentBytes;
    this.#firstPair[index] = pair;
    const name = index * NAME_BYTES / 4;
    if (this.#kind.six) to.write6(this.#names, name);
    else to.write4(this.#names, name);
    this.#words[message + AT_MSG_NAMELEN / 4] = this.#kind.six
      ? SIZEOF_SOCKADDR_IN6
      : SIZEOF_SOCKADDR_IN;
    put64(this.#words, message + AT_MSG_IOV / 4, this.#pairAddress(pair));
    this.#words[message + AT_MSG_IOVLEN / 4] = 2 * segments;
    const control = this.#putControl(to, index, segments, segmentBytes);
    this.#words[message + AT_MSG_CONTROLLEN / 4] = control;
  }

  /** Writes the control data of a message; returns its length. */
  #putControl(to: NativePeer, index: number, segments: number, segmentBytes: number): number {
    const begin = index * CONTROL_BYTES / 4;
    let end = begin;
    const local = this.#kind.setsSource ? to.local : undefined;
    if (local !== undefined) end = putLocalAddress(this.#controls, end, local, to.isIpv4);
    if (segments > 1) end = putSegment(this.#controls, end, segmentBytes);
    return (end - begin) * 4;
  }

  #pairAddress(pair: number): number {
    return this.#pairsAddress + pair * PAIR_BYTES;
  }
}
