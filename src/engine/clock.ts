/**
 * Time for the engine: a monotonic clock, and one coarse tick that checks all deadlines. A timer
 * for every packet would cost as much as the packet. The tick comes sooner when something is due.
 * Every transfer is checked at each tick, so it comes less often when there are many: from some
 * hundred on, a deadline may be noticed up to {@linkcode MAX_TICK_MS} late.
 */

/**
 * Something with deadlines.
 *
 * ```ts
 * import type { Ticking } from "@tftp/tftp";
 * import { ManualClock } from "@tftp/tftp/testing";
 *
 * let isLate = false;
 * const deadline: Ticking = { tick: (nowMs) => void (isLate = nowMs >= 1000) };
 * const clock = new ManualClock();
 * clock.add(deadline);
 * clock.advance(1000);
 * clock.remove(deadline);
 * if (!isLate) throw new Error("a second has passed");
 * ```
 */
export interface Ticking {
  /** Its index in a list; used by {@linkcode Tickings} alone. */
  place?: number;
  /** Does what is due. May return when the next thing is due if nothing happens before. */
  tick(nowMs: number): number | void;
}

/**
 * The clock that the engine needs.
 *
 * ```ts
 * import type { Clock } from "@tftp/tftp";
 * import { ManualClock } from "@tftp/tftp/testing";
 *
 * const calls: number[] = [];
 * const remind = (clock: Clock) => clock.after(100, () => calls.push(clock.nowMs()));
 * const clock = new ManualClock();
 * remind(clock);
 * clock.advance(99);
 * clock.advance(1);
 * if (calls.join() !== "100") throw new Error(calls.join());
 * ```
 */
export interface Clock {
  /** Milliseconds, monotonic. */
  nowMs(): number;
  /** Calls `tick` when something may be due, and every few milliseconds, until it is removed. */
  add(ticking: Ticking): void;
  /** Stops calling it; no error when it is not there. */
  remove(ticking: Ticking): void;
  /**
   * Calls back once, after so many milliseconds, unless the returned function is called first. 0
   * means: after the sockets had their turn.
   */
  after(ms: number, callback: () => void): () => void;
  /** Counts the pending waits for something that is neither a datagram nor a time. */
  waiting(change: 1 | -1): void;
}

/** How late a deadline may be noticed while there are few transfers. */
export const TICK_MS = 5;

/** The system's timers have no finer resolution. */
const LEAST_MS = 1;

/** Checks per millisecond when there are many: checking must leave time for serving. */
const LOOKS_PER_MS = 20;

/** A deadline is noticed after this time at the latest, however many there are. */
export const MAX_TICK_MS = 50;

/** A tick that is so late means that this process did not run, and did not receive either. */
const LATE_MS = 15;

/** How long to wait for the next tick: `count` have deadlines, the first in `dueInMs`. */
export function nextTickMs(dueInMs: number, count: number): number {
  const crowdMs = Math.min(count / LOOKS_PER_MS, MAX_TICK_MS);
  return Math.max(LEAST_MS, crowdMs, Math.min(dueInMs, TICK_MS));
}

/** Everything that has deadlines, and the time of the next check. */
export class Tickings {
  /** Time of the next check; Infinity while the list is empty. */
  nextMs = Infinity;
  /** Each knows its own index: transfers come and go too fast for a set. */
  readonly #tickings: Ticking[] = [];
  #waived = false;

  get size(): number {
    return this.#tickings.length;
  }

  add(ticking: Ticking, nowMs: number): void {
    if (ticking.place !== undefined && this.#tickings[ticking.place] === ticking) return;
    ticking.place = this.#tickings.push(ticking) - 1;
    if (this.nextMs === Infinity) this.nextMs = nowMs + nextTickMs(Infinity, 1);
  }

  remove(ticking: Ticking): void {
    const { place } = ticking;
    if (place === undefined || this.#tickings[place] !== ticking) return;
    const last = this.#tickings.pop()!;
    if (last !== ticking) {
      this.#tickings[place] = last;
      last.place = place;
    }
    if (this.#tickings.length === 0) this.nextMs = Infinity;
  }

  /** Ticks all, if it is time to. */
  look(nowMs: number): void {
    if (nowMs < this.nextMs) return;
    const late = nowMs - this.nextMs > LATE_MS;
    // What arrived meanwhile is still in the sockets. Those come first, once: this side must not
    // send again, because it was late, what the peer has already answered.
    this.#waived = late && !this.#waived;
    let dueMs = Infinity;
    if (!this.#waived) {
      // Backwards: when one is removed, the last takes its place.
      for (let at = this.#tickings.length - 1; at >= 0; at--) {
        dueMs = Math.min(dueMs, this.#tickings[at]?.tick(nowMs) ?? Infinity);
      }
    }
    const count = this.#tickings.length;
    if (count > 0) this.nextMs = nowMs + nextTickMs(dueMs - nowMs, count);
  }
}
