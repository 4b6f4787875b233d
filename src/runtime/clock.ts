/**
 * Time for the runtime: a monotonic clock, and one coarse tick that looks over all deadlines. A
 * timer per packet would cost more than the packet.
 */

/** Where a tick finds out whether something is due. */
export interface Ticking {
  tick(nowMs: number): void;
}

/** What the runtime needs of time; tests put a clock of their own behind it. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  nowMs(): number;
  /** Calls `tick` every {@linkcode TICK_MS} or so until it is removed. */
  add(ticking: Ticking): void;
  remove(ticking: Ticking): void;
}

/** How late a deadline may be noticed. */
export const TICK_MS = 5;

/** A tick that comes so late shows that this process did not run, and so did not listen either. */
const LATE_MS = 4 * TICK_MS;

/** The system's monotonic clock. It only ticks while something wants it to. */
export class SystemClock implements Clock {
  readonly #tickings = new Set<Ticking>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #tickedMs = 0;
  #waived = false;

  nowMs(): number {
    return performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
    if (this.#timer === undefined) this.#tickedMs = this.nowMs();
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
    if (this.#tickings.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const nowMs = this.nowMs();
    const late = nowMs - this.#tickedMs > LATE_MS;
    this.#tickedMs = nowMs;
    // What was missed meanwhile lies in the sockets, and they come first, once: what has been
    // answered must not be repeated because this side was late.
    this.#waived = late && !this.#waived;
    if (this.#waived) return;
    for (const ticking of this.#tickings) ticking.tick(nowMs);
  }
}
