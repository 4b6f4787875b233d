/**
 * Each side has at most one outstanding flight: a request, an OACK, an ACK or a window of DATA.
 * This file alone decides how long to wait for its answer, how often to repeat it, and when to give
 * up. RFC 1123 §4.2.3.2 asks for an adaptive timeout with exponential backoff, RFC 7440 §6 for a
 * bound on repeats.
 *
 * Giving up depends on time, not on the number of repeats: on a fast network, any number of repeats
 * is over in a moment, while a client that writes to flash is silent for many seconds.
 */

import { RoundTrip } from "./round_trip.ts";

/**
 * The timing of one transfer.
 *
 * ```ts
 * import { patienceMs, type Timing } from "@tftp/tftp/protocol";
 *
 * // For a network in one room: 0.2, 0.4 and 0.8 s.
 * const quick: Timing = { firstMs: 200, floorMs: 30, maxMs: 2000, retries: 2 };
 * if (patienceMs(quick) !== 1400) throw new Error(`${patienceMs(quick)} ms`);
 * ```
 */
export interface Timing {
  /** The first wait for an answer, before the round trip is known. */
  readonly firstMs: number;
  /** The shortest wait that a fast network can lead to. */
  readonly floorMs: number;
  /** The longest wait between two repeats. */
  readonly maxMs: number;
  /** The fewest repeats of one flight, before the peer counts as gone. */
  readonly retries: number;
  /** The least silence, before the peer counts as gone; by default what the retries take. */
  readonly silenceMs?: number;
  /** The most repeats, for a long wait with many requests. @default {100} */
  readonly maxRepeats?: number;
}

/**
 * Gives up after half a minute: 1, 2, 4, 8, 8 and 8 seconds.
 *
 * ```ts
 * import { DEFAULT_TIMING, patienceMs } from "@tftp/tftp/protocol";
 *
 * const seconds = patienceMs(DEFAULT_TIMING) / 1000;
 * if (seconds !== 31) throw new Error(`a peer may be silent for ${seconds} s`);
 * ```
 */
export const DEFAULT_TIMING: Timing = { firstMs: 1000, floorMs: 30, maxMs: 8000, retries: 5 };

/**
 * A minute and a half: clients that write to flash stop listening for many seconds.
 *
 * ```ts
 * import { DEFAULT_TIMING, patienceMs, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * if (patienceMs(SERVER_TIMING) < patienceMs(DEFAULT_TIMING)) throw new Error("less patient");
 * ```
 */
export const SERVER_TIMING: Timing = {
  firstMs: 1000,
  floorMs: 30,
  maxMs: 10_000,
  retries: 6,
  silenceMs: 90_000,
};

/** The most repeats of one flight, unless the timing says otherwise. */
const MAX_REPEATS = 100;

/** After a late answer the next flight waits as long as that took, and a little more. */
const HOLD = 1.25;

/**
 * The silence after which a peer counts as gone.
 *
 * ```ts
 * import { patienceMs } from "@tftp/tftp/protocol";
 *
 * // One wait and one repeat, whose wait is twice as long.
 * const ms = patienceMs({ firstMs: 1000, floorMs: 30, maxMs: 8000, retries: 1 });
 * if (ms !== 3000) throw new Error(`${ms} ms`);
 * ```
 */
export function patienceMs(timing: Timing): number {
  if (timing.silenceMs !== undefined) return timing.silenceMs;
  let total = 0;
  for (let i = 0; i <= timing.retries; i++) {
    total += Math.min(timing.firstMs * 2 ** i, Math.max(timing.maxMs, timing.firstMs));
  }
  return total;
}

/**
 * What is known when the first flight leaves.
 *
 * ```ts
 * import { DEFAULT_TIMING, Flight, type FlightKnowledge } from "@tftp/tftp/protocol";
 *
 * const agreed: FlightKnowledge = { agreedMs: 3000 };
 * const flight = new Flight(DEFAULT_TIMING, agreed);
 * flight.arm(0);
 * if (flight.deadlineMs !== 3000) throw new Error(`${flight.deadlineMs} ms`);
 * ```
 */
export interface FlightKnowledge {
  /** An agreed `timeout` (RFC 2349): every wait is this long. */
  readonly agreedMs?: number | undefined;
  /** What the opening has shown of the round trip. */
  readonly roundTrip?: RoundTrip | undefined;
  /** The shortest wait, whatever the round trip. */
  readonly leastMs?: number;
}

/**
 * What is outstanding, and when it is to be repeated.
 *
 * ```ts
 * import { DEFAULT_TIMING, Flight } from "@tftp/tftp/protocol";
 *
 * const flight = new Flight(DEFAULT_TIMING);
 * flight.arm(0);
 * if (flight.deadlineMs !== 1000) throw new Error("a second, as long as nothing is known");
 * flight.disarm();
 * if (flight.deadlineMs !== Infinity) throw new Error("nothing is outstanding");
 * ```
 */
export class Flight {
  /** When to repeat it; Infinity while nothing is outstanding. */
  deadlineMs: number = Infinity;
  /** The round trip that the waits depend on. */
  readonly roundTrip: RoundTrip;
  readonly #timing: Timing;
  readonly #agreedMs: number | undefined;
  readonly #patienceMs: number;
  #leastMs: number;
  #waitMs = 0;
  #repeats = 0;
  #repeatedMs = 0;
  #heardMs = 0;

  /** Nothing is outstanding yet. */
  constructor(timing: Timing, known: FlightKnowledge = {}) {
    const { agreedMs, roundTrip = new RoundTrip(timing), leastMs = 0 } = known;
    this.#timing = timing;
    this.#agreedMs = agreedMs;
    this.roundTrip = roundTrip;
    this.#leastMs = leastMs;
    this.#patienceMs = agreedMs === undefined
      ? patienceMs(timing)
      : Math.max(agreedMs * (timing.retries + 1), timing.silenceMs ?? 0);
  }

  /** A new flight has left, in answer to the peer. */
  arm(nowMs: number): void {
    const heldMs = this.#repeats === 0 ? 0 : this.#heldMs(nowMs);
    this.#heardMs = nowMs;
    this.#repeats = 0;
    const waitMs = Math.max(this.roundTrip.timeoutMs, this.#leastMs, heldMs);
    this.#waitMs = this.#agreedMs ?? waitMs;
    this.deadlineMs = nowMs + this.#waitMs;
  }

  /** A part of the flight has left later than the rest, or the peer is still busy answering. */
  extend(nowMs: number): void {
    // A peer can't postpone the time when we give up.
    if (nowMs < this.#heardMs + this.#patienceMs) this.deadlineMs = nowMs + this.#waitMs;
  }

  /** The deadline has passed: whether to repeat the flight; if not, the peer is gone. */
  repeat(nowMs: number): boolean {
    const left = this.#heardMs + this.#patienceMs - nowMs;
    if (this.#repeats >= (this.#timing.maxRepeats ?? MAX_REPEATS)) return false;
    if (left <= 0 && this.#repeats >= this.#timing.retries) return false;
    this.#repeats++;
    this.#repeatedMs = nowMs;
    if (this.#agreedMs === undefined) {
      this.#waitMs = Math.min(this.#waitMs * 2, Math.max(this.#timing.maxMs, this.#waitMs));
    }
    const lastRepeat = left > 0 && this.#repeats >= this.#timing.retries;
    this.deadlineMs = nowMs + (lastRepeat ? Math.min(this.#waitMs, left) : this.#waitMs);
    return true;
  }

  /** A repeat was unnecessary: the waits were too short. */
  spurious(): void {
    this.roundTrip.spurious();
    this.#leastMs = Math.min(2 * this.#leastMs, this.#timing.firstMs);
  }

  /**
   * The other half of Karn's rule. The answer to something that was repeated is no sample of the
   * round trip. But if it is a late answer, the next flight must not be repeated as well, or there
   * is never a sample again. An answer that comes when that of the repeat is expected counts as
   * such, and delays nothing.
   */
  #heldMs(nowMs: number): number {
    if (this.roundTrip.isTypical(nowMs - this.#repeatedMs)) return 0;
    return Math.min(this.#timing.maxMs, HOLD * (nowMs - this.#heardMs));
  }

  /** Nothing is outstanding any more. */
  disarm(): void {
    this.deadlineMs = Infinity;
  }

  /** How long nothing useful was received. */
  silentMs(nowMs: number): number {
    return nowMs - this.#heardMs;
  }
}
