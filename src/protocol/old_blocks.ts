/**
 * How a receiver answers duplicate blocks. They show that the peer still sends, that an ACK was
 * lost, or that one of our ACKs was unnecessary. RFC 1350 §5 wants them acknowledged again; but
 * each ACK may cause a block, or a whole window, from a peer that answers every ACK (the Sorcerer's
 * Apprentice of RFC 1123 §4.2.3.1) or goes back to it.
 */

import type { RoundTrip } from "./round_trip.ts";

/**
 * The shortest pause between two ACKs for old blocks. No sender that uses round_trip.ts repeats
 * sooner than that.
 */
const MIN_PAUSE_MS = 3;

/** The longest pause that it grows to, on a path whose round trip is shorter. */
const MAX_PAUSE_MS = 1000;

/**
 * A retransmission of the peer is answered after this time at the latest, whatever the measured
 * round trip. A peer that writes to flash before it sends seems to be far away, but its
 * retransmissions are real; no real path is much longer.
 */
const MAX_SILENCE_MS = 2000;

/** An answer to our repeat comes within this many round trips. */
const LATE = 1.5;

/** Expected answers to our repeats; there are rarely more than one or two. */
const MAX_ECHOES = 8;

/** Windows that may come again before what is missing counts as lost. */
const OLD_WINDOWS = 2;

export class OldBlocks {
  readonly #roundTrip: RoundTrip;
  readonly #windowsize: number;
  #inARow = 0;
  /** When the last ACK was sent again, and the ACK before it: each may cause a duplicate. */
  #repeatedAtMs: number[] = [];
  #causesAtMs: number[] = [];
  #repeats = 0;
  /** How long after its cause such a duplicate may come. */
  #duplicateMs = 0;

  constructor(roundTrip: RoundTrip, windowsize: number) {
    this.#roundTrip = roundTrip;
    this.#windowsize = windowsize;
  }

  /** How often the last ACK was sent again. */
  get repeats(): number {
    return this.#repeats;
  }

  /**
   * How long after an ACK an old block is acknowledged again: a round trip, and twice as long after
   * each time. A queue on the way can make any round trip look too short.
   */
  get pauseMs(): number {
    const { minimumMs, typicalMs } = this.#roundTrip;
    const grownMs = Math.max(minimumMs, MIN_PAUSE_MS) * 2 ** this.#repeats;
    return Math.min(grownMs, Math.max(typicalMs, MAX_PAUSE_MS), MAX_SILENCE_MS);
  }

  /** A new block has come, so long after the ACK that asked for it was sent first. */
  interrupted(answeredMs: number): void {
    this.#inARow = 0;
    if (this.#repeats === 0 && this.#causesAtMs.length === 0) return;
    this.#causesAtMs = this.#repeatedAtMs;
    this.#repeatedAtMs = [];
    this.#repeats = 0;
    // No round trip is longer than this answer took.
    this.#duplicateMs = Math.min(LATE * answeredMs, MAX_SILENCE_MS);
  }

  /** The last ACK was sent again. */
  repeated(nowMs: number): void {
    this.#repeats++;
    this.#repeatedAtMs.push(nowMs);
    if (this.#repeatedAtMs.length > MAX_ECHOES) this.#repeatedAtMs.shift();
  }

  /**
   * An old block has come: whether what is missing may follow. The peer may be sending a window
   * again, but windows have an end, and then nothing new comes before it hears from us.
   */
  leadOn(): boolean {
    return ++this.#inARow <= OLD_WINDOWS * this.#windowsize;
  }

  /**
   * In lockstep, the last block has come again: whether it answers an ACK that we had sent again.
   * Acknowledging that would cause the next one; our ACK was unnecessary, because it was too early.
   * A block later than about a round trip after such an ACK is a real retransmission.
   */
  isEcho(nowMs: number): boolean {
    const causes = this.#causesAtMs;
    const latestMs = causes.at(-1);
    if (latestMs === undefined) return false;
    while (causes.length > 0 && nowMs - causes[0]! > this.#duplicateMs) causes.shift();
    if (causes.shift() === undefined) return false;
    this.#roundTrip.sample(nowMs - latestMs);
    return true;
  }
}
