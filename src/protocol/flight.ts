/**
 * At every moment each side has one outstanding flight: a request, an OACK, an ACK or a window of
 * DATA. This file alone decides how long its answer is waited for, how often it is repeated, and
 * when to give up: RFC 1123 §4.2.3.2 asks for exponential backoff, RFC 7440 §6 for a bound on
 * repeats.
 */

/** The timing of one transfer. */
export interface Timing {
  /** The first wait for an answer. */
  readonly firstMs: number;
  /** The longest wait between two repeats. */
  readonly maxMs: number;
  /** Repeats of one flight, before the peer counts as gone. */
  readonly retries: number;
}

/** About half a minute of patience: 1, 2, 4, 8, 8 and 8 seconds. */
export const DEFAULT_TIMING: Timing = { firstMs: 1000, maxMs: 8000, retries: 5 };

/** A minute and a half: clients that write to flash stop listening for many seconds. */
export const SERVER_TIMING: Timing = { firstMs: 1000, maxMs: 10_000, retries: 10 };

/** The timing that an agreed `timeout` leaves: it is the wait, every time (RFC 2349). */
export function agreedTiming(timing: Timing, timeoutMs: number | undefined): Timing {
  if (timeoutMs === undefined) return timing;
  return { ...timing, firstMs: timeoutMs, maxMs: timeoutMs };
}

export class Flight {
  /** When to repeat it; Infinity while nothing is outstanding. */
  deadlineMs = Infinity;
  #timing: Timing;
  #waitMs: number;
  #repeats = 0;
  #heardMs = 0;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#waitMs = timing.firstMs;
  }

  /** A new flight has left. */
  launch(nowMs: number): void {
    this.#repeats = 0;
    this.#waitMs = this.#timing.firstMs;
    this.deadlineMs = nowMs + this.#waitMs;
    this.#heardMs = nowMs;
  }

  /** The deadline has passed: whether to repeat the flight; if not, the peer is gone. */
  repeat(nowMs: number): boolean {
    if (this.#repeats >= this.#timing.retries) return false;
    this.#repeats++;
    this.#waitMs = Math.min(this.#waitMs * 2, this.#timing.maxMs);
    this.deadlineMs = nowMs + this.#waitMs;
    return true;
  }

  /** Nothing is outstanding any more. */
  land(): void {
    this.deadlineMs = Infinity;
  }

  /** How long nothing that counts has been heard. */
  silentMs(nowMs: number): number {
    return nowMs - this.#heardMs;
  }
}
