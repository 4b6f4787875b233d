/**
 * What a receiver makes of blocks that were here already: they show that the peer still sends, that
 * an ACK was lost, or that an ACK of ours was needless. RFC 1350 §5 wants them acknowledged again;
 * but each ACK may call forth a block, or a whole window, from a peer that answers every ACK (the
 * Sorcerer's Apprentice of RFC 1123 §4.2.3.1) or goes back to every one of them.
 */

import type { RoundTrip } from "./round_trip.ts";

/**
 * The shortest pause between two ACKs for old blocks. No sender that goes by round_trip.ts repeats
 * sooner than that.
 */
const MIN_PAUSE_MS = 3;

/** The longest pause that it grows to, on a path whose round trip is shorter. */
const MAX_PAUSE_MS = 1000;

/**
 * No repeat of the peer's is left without an answer for longer than this, whatever the round trip
 * seems to be. A peer that writes to flash before it sends seems to be far away, and its repeats,
 * which come with fixed waits, are in earnest; no real path is much longer.
 */
const MAX_SILENCE_MS = 2000;

/** So many times the round trip is late for an echo. */
const LATE = 1.5;

/** Echoes that are kept in mind; there are rarely more than one or two. */
const MAX_ECHOES = 8;

/** Windows that may come again before what is missing counts as lost. */
const OLD_WINDOWS = 2;

export class OldBlocks {
  readonly #roundTrip: RoundTrip;
  readonly #windowsize: number;
  #inARow = 0;
  /** When the last ACK was sent again, and the ACK before it: each may cause an echo. */
  #repeatedAtMs: number[] = [];
  #causesAtMs: number[] = [];
  #repeats = 0;
  /** For how long after its cause an echo may come. */
  #echoMs = 0;

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
    return Math.min(grownMs, Math.max(usualMs, MAX_PAUSE_MS), MAX_SILENCE_MS);
  }

  /** A new block has come, so long after the ACK that asked for it was sent first. */
  interrupted(answeredMs: number): void {
    this.#inARow = 0;
    if (this.#repeats === 0 && this.#causesAtMs.length === 0) return;
    this.#causesAtMs = this.#repeatedAtMs;
    this.#repeatedAtMs = [];
    this.#repeats = 0;
    // No round trip is longer than this answer took.
    this.#echoMs = Math.min(LATE * answeredMs, MAX_SILENCE_MS);
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
   * Acknowledging that would breed the next one, and our ACK was needless: it came too soon. What
   * comes later than about a round trip after such an ACK is a repeat in earnest.
   */
  isEcho(nowMs: number): boolean {
    const causes = this.#causesAtMs;
    const latestMs = causes.at(-1);
    if (latestMs === undefined) return false;
    while (causes.length > 0 && nowMs - causes[0]! > this.#echoMs) causes.shift();
    if (causes.shift() === undefined) return false;
    this.#roundTrip.sample(nowMs - latestMs);
    return true;
  }
}
