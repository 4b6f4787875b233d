/**
 * What a receiver makes of blocks that were here already: they show that the peer still sends, that
 * an ACK was lost, or that an ACK of ours was needless. RFC 1350 §5 wants them acknowledged again;
 * but each ACK may call forth a block, or a whole window, from a peer that answers every ACK (the
 * Sorcerer's Apprentice of RFC 1123 §4.2.3.1) or goes back to every one of them.
 */

import type { RoundTrip } from "./round_trip.ts";

/**
 * The shortest pause between two ACKs for old blocks, and the longest that it grows to. No sender
 * that goes by round_trip.ts repeats sooner than that.
 */
const MIN_PAUSE_MS = 3;
const MAX_PAUSE_MS = 1000;

/** Windows that may come again before what is missing counts as lost. */
const OLD_WINDOWS = 2;

export class OldBlocks {
  readonly #roundTrip: RoundTrip;
  readonly #windowsize: number;
  #inARow = 0;
  /** How often the last ACK was sent again, and the ACK before it: each may call forth a repeat. */
  #repeats = 0;
  #echoes = 0;
  #repeatedAtMs = 0;

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
    const { promptMs, usualMs } = this.#roundTrip;
    const grownMs = Math.max(promptMs, MIN_PAUSE_MS) * 2 ** this.#repeats;
    return Math.min(grownMs, Math.max(usualMs, MAX_PAUSE_MS));
  }

  /** A new block has come. */
  interrupted(): void {
    this.#inARow = 0;
    this.#echoes = this.#repeats;
    this.#repeats = 0;
  }

  /** The last ACK was sent again. */
  repeated(nowMs: number): void {
    this.#repeats++;
    this.#repeatedAtMs = nowMs;
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
   * Acknowledging that would breed the next one, and our ACK was needless: it came too soon.
   */
  isEcho(nowMs: number): boolean {
    if (this.#echoes === 0) return false;
    this.#echoes--;
    this.#roundTrip.sample(nowMs - this.#repeatedAtMs);
    return true;
  }
}
