/**
 * When the client of a transfer was last heard from, and what a repeated request of it means. Pure.
 */

import { type Address, type Receiver, Sender } from "../protocol/mod.ts";

/** OACK and ACK 0 are not repeated for requests that come closer together than this. */
const ANSWER_GUARD_MS = 50;

/**
 * The same for DATA 1. Some boot ROMs ask twice within milliseconds, and hang when DATA comes
 * twice.
 */
const DATA_GUARD_MS = 250;

/** If an OACK was sent twice this long ago, the client can't read it. */
const UNREAD_OACK_MS = 1000;

/** A client that asks again after this much silence has restarted. */
const RESTART_MS = 1000;

/** What to do about a repeated request. */
export type Repeated = "ignore" | "answer again" | "answer without options" | "restart";

export class ClientPresence {
  /** When the request came first. */
  readonly startedMs: number;
  /** Round trip of the first answer, where it is known. */
  rttMs: number | undefined;
  /** The client has requested the same file from another port. */
  portChange: { readonly by: Address; readonly sinceMs: number } | undefined;
  /**
   * Whether the transfer is still at its first packets: the client was heard from once at most, or
   * no bytes have moved.
   */
  isOpening = true;
  #heardTimes = 0;
  /** When the request came last. */
  #askedMs: number;
  /** Until when this side kept the client waiting. */
  #presentMs: number;
  #answeredMs = Infinity;
  #heardMs = -Infinity;

  /** The client has sent its request. */
  constructor(nowMs: number) {
    this.startedMs = nowMs;
    this.#askedMs = nowMs;
    this.#presentMs = nowMs;
  }

  /** Whether the client has sent anything since its request. */
  get heard(): boolean {
    return this.#heardMs > -Infinity;
  }

  /** How long the client has been silent. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(this.#heardMs, this.#presentMs);
  }

  /** How long ago the client last sent its request. */
  sinceRequestMs(nowMs: number): number {
    return nowMs - this.#askedMs;
  }

  /** Its request has come again. */
  noteRequest(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** Until now, this side kept the client waiting. */
  waitsSince(nowMs: number): void {
    this.#presentMs = nowMs;
  }

  /** The first answer was sent, or sent again. */
  answered(nowMs: number): void {
    this.#answeredMs = nowMs;
  }

  /** The client has sent a packet, so its request from another port no longer counts. */
  notePacket(nowMs: number): void {
    this.#heardMs = nowMs;
    this.portChange = undefined;
  }

  /** The client has sent a packet, and so many bytes of the file have been moved. */
  moved(bytes: number): void {
    this.isOpening = ++this.#heardTimes < 2 || bytes === 0;
  }

  /** The packet that arrives now is the reply to the first answer. */
  measure(nowMs: number): void {
    this.rttMs = nowMs - this.#answeredMs;
  }

  /** The result is known now; returns how long that took. */
  settled(nowMs: number): number {
    this.waitsSince(nowMs);
    return nowMs - this.startedMs;
  }

  /**
   * What a request means that comes again from the same port after its upload, while the last ACK
   * may have to be repeated. At first it is an old copy that was delayed (Q1): a new transfer would
   * be refused, or take the place of the one that the client may not know to be complete (P9).
   */
  repeatedLate(nowMs: number): Repeated {
    return this.silentMs(nowMs) < RESTART_MS ? "ignore" : "restart";
  }

  /** What a request means that has just come again from the same port. */
  repeated(nowMs: number, machine: Sender | Receiver): Repeated {
    if (this.heard) return nowMs - this.#heardMs < RESTART_MS ? "ignore" : "restart";
    const sinceMs = nowMs - this.#answeredMs;
    const { agreement: { granted }, retransmits } = machine;
    const isData = machine instanceof Sender && granted.length === 0;
    if (!(sinceMs >= (isData ? DATA_GUARD_MS : ANSWER_GUARD_MS))) return "ignore";
    const isUnread = granted.length > 0 && retransmits > 0 &&
      nowMs - this.#presentMs >= UNREAD_OACK_MS && sinceMs >= DATA_GUARD_MS;
    return isUnread ? "answer without options" : "answer again";
  }
}
