/**
 * Notices within a window that no more blocks come: its tail was lost, or the block that should
 * fill a gap. Blocks of one window follow each other closely, so a pause of several times their
 * interval shows it long before a timeout.
 */

import type { RoundTrip } from "./round_trip.ts";

/** The shortest pause that counts: on a busy machine, either end may be late by that much. */
const MIN_STALL_MS = 25;

/** A pause of so many usual intervals counts. */
const DISTANCES = 4;

/** The part of a round trip that counts, when intervals are shorter. */
const FRACTION = 0.25;

/** How far unnecessary reports may lengthen these pauses. */
const MAX_STRETCH = 16;

export class Stall {
  /** When the pause is long enough; Infinity while nothing more is expected. */
  deadlineMs = Infinity;
  readonly #roundTrip: RoundTrip;
  #arrivedAtMs = -Infinity;
  #reportedAtMs = -Infinity;
  #distanceMs = 0;
  #stretch = 1;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  /** A block of a window has come; `gap` says whether an earlier one is still missing. */
  arrived(nowMs: number, gap: boolean): void {
    // Too early to be an answer: the block was on its way, and the report was unnecessary.
    if (nowMs - this.#reportedAtMs < this.#roundTrip.fastestMs / 2) {
      this.#stretch = Math.min(this.#stretch * 2, MAX_STRETCH);
    }
    this.#reportedAtMs = -Infinity;
    if (this.deadlineMs !== Infinity) {
      this.#distanceMs += (nowMs - this.#arrivedAtMs - this.#distanceMs) / 8;
    }
    this.#arrivedAtMs = nowMs;
    // The block that fills a gap takes a round trip to come.
    const fillMs = gap ? 1.5 * this.#roundTrip.minimumMs : 0;
    this.deadlineMs = nowMs + this.#stretch * Math.max(this.#pauseMs, fillMs);
  }

  /** A block has come that was already here: something is missing, but the peer still sends. */
  repeated(nowMs: number): void {
    if (this.deadlineMs === Infinity) return;
    this.deadlineMs = Math.max(this.deadlineMs, nowMs + this.#stretch * this.#pauseMs);
  }

  /** The window is acknowledged: nothing is expected before a round trip. */
  clear(): void {
    this.deadlineMs = Infinity;
  }

  get #pauseMs(): number {
    const partMs = FRACTION * this.#roundTrip.minimumMs;
    return Math.max(MIN_STALL_MS, DISTANCES * this.#distanceMs, partMs);
  }

  /** The pause was long enough and is being reported. */
  reported(nowMs: number): void {
    this.#reportedAtMs = nowMs;
    this.deadlineMs = Infinity;
  }
}
