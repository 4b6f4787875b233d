/**
 * When the client of a transfer was heard of, and what a request of its that comes again means.
 * Pure.
 */

import { type Address, type Receiver, Sender } from "../protocol/mod.ts";

/** An OACK or ACK 0 is not sent again for requests that come closer together than this. */
const ANSWER_GUARD_MS = 50;

/**
 * The same for DATA 1. Boot ROMs that ask twice within milliseconds hang on DATA that comes twice.
 */
const DATA_GUARD_MS = 250;

/** An OACK that was sent twice, and is older than this, is one that the client can't read. */
const UNREAD_OACK_MS = 1000;

/** A client that asks again for what it is being sent, after as much silence, has restarted. */
const RESTART_MS = 1000;

/** What to do about a request that comes again. */
export type Repeated = "ignore" | "answer again" | "answer plainly" | "restart";

export class ClientPresence {
  /** When the request came first. */
  readonly startedMs: number;
  /** From the first answer to what came back for it, where that can be told. */
  rttMs: number | undefined;
  /** The client has asked for the same file from another port. */
  superseded: { readonly by: Address; readonly sinceMs: number } | undefined;
  /**
   * Whether its transfer has not got beyond the first packets: it was heard of no more than once,
   * or has taken or sent nothing.
   */
  isOpening = true;
  #heardTimes = 0;
  /** When the request came last. */
  #askedMs: number;
  /** When it was last this side that let the client wait. */
  #presentMs: number;
  #answeredMs = Infinity;
  #heardMs = -Infinity;

  /** It has asked at this time. */
  constructor(nowMs: number) {
    this.startedMs = nowMs;
    this.#askedMs = nowMs;
    this.#presentMs = nowMs;
  }

  /** Whether anything was heard of it since its request. */
  get heard(): boolean {
    return this.#heardMs > -Infinity;
  }

  /** How long nothing was heard of it. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(this.#heardMs, this.#presentMs);
  }

  /** How long it has not asked. */
  unaskedMs(nowMs: number): number {
    return nowMs - this.#askedMs;
  }

  /** Its request has come again. */
  asked(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** Until now it was this side that took its time. */
  waitsSince(nowMs: number): void {
    this.#presentMs = nowMs;
  }

  /** It was sent the first answer, or that answer again. */
  answered(nowMs: number): void {
    this.#answeredMs = nowMs;
  }

  /** It was heard, so what it asked elsewhere does not count. */
  hear(nowMs: number): void {
    this.#heardMs = nowMs;
    this.superseded = undefined;
  }

  /** It was heard, and so many bytes of the file have been moved. */
  moved(bytes: number): void {
    this.isOpening = ++this.#heardTimes < 2 || bytes === 0;
  }

  /** What comes back now is for the first answer. */
  measure(nowMs: number): void {
    this.rttMs = nowMs - this.#answeredMs;
  }

  /** What its request means that came again just now, from the same port. */
  repeated(nowMs: number, machine: Sender | Receiver): Repeated {
    if (this.heard) return nowMs - this.#heardMs < RESTART_MS ? "ignore" : "restart";
    const sinceMs = nowMs - this.#answeredMs;
    const { agreement: { granted }, retransmits } = machine;
    const isData = machine instanceof Sender && granted.length === 0;
    if (!(sinceMs >= (isData ? DATA_GUARD_MS : ANSWER_GUARD_MS))) return "ignore";
    const isUnread = granted.length > 0 && retransmits > 0 &&
      nowMs - this.#presentMs >= UNREAD_OACK_MS && sinceMs >= DATA_GUARD_MS;
    return isUnread ? "answer plainly" : "answer again";
  }
}
