/**
 * Time for the runtime: a monotonic clock, and one coarse tick that looks over all deadlines. A
 * timer per packet would cost more than the packet.
 *
 * Nearly every deadline is put off by an answer before it comes, so the tick only asks, when it
 * looks anyway, which deadline is the next one. If that comes to pass it is noticed on time.
 */

import { callAfter } from "./alarm.ts";

/** Where a tick finds out whether something is due. */
export interface Ticking {
  /** Does what is due, and may tell when there will be more if nothing happens until then. */
  tick(nowMs: number): number | void;
}

/** What the runtime needs of time; tests put a clock of their own behind it. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  nowMs(): number;
  /** Calls `tick` when something may be due, and every few milliseconds, until it is removed. */
  add(ticking: Ticking): void;
  remove(ticking: Ticking): void;
}

/** How late a deadline may be noticed that has come up since the last tick, while few tick. */
export const TICK_MS = 5;

/** The system's timers are no finer. */
const LEAST_MS = 1;

/** Of a crowd, so many are looked at per millisecond: looking must not take time from serving. */
const LOOKS_PER_MS = 20;

/** However many they are, a deadline is noticed after this time. */
const MOST_MS = 50;

/** A tick that comes so late shows that this process did not run, and so did not listen either. */
const LATE_MS = 15;

/** How long to wait for the next tick, of so many tickings, the first of which is due then. */
export function nextTickMs(dueInMs: number, count: number): number {
  const crowdMs = Math.min(count / LOOKS_PER_MS, MOST_MS);
  return Math.max(LEAST_MS, crowdMs, Math.min(dueInMs, TICK_MS));
}

/** The system's monotonic clock. It only ticks while something wants it to. */
export class SystemClock implements Clock {
  readonly #tickings = new Set<Ticking>();
  readonly #tick = () => this.#look();
  #cancel: (() => void) | undefined;
  #tickAtMs = 0;
  #waived = false;

  nowMs(): number {
    return performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
    if (this.#cancel === undefined) this.#wait(this.nowMs(), Infinity);
  }

  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
    if (this.#tickings.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(nowMs: number, dueInMs: number): void {
    const waitMs = nextTickMs(dueInMs, this.#tickings.size);
    this.#tickAtMs = nowMs + waitMs;
    this.#cancel?.();
    this.#cancel = callAfter(waitMs, this.#tick);
  }

  #look(): void {
    const nowMs = this.nowMs();
    const late = nowMs - this.#tickAtMs > LATE_MS;
    // What was missed meanwhile lies in the sockets, and they come first, once: what has been
    // answered must not be repeated because this side was late.
    this.#waived = late && !this.#waived;
    let dueMs = Infinity;
    if (!this.#waived) {
      for (const ticking of this.#tickings) {
        dueMs = Math.min(dueMs, ticking.tick(nowMs) ?? Infinity);
      }
    }
    if (this.#tickings.size > 0) this.#wait(nowMs, dueMs - nowMs);
  }
}
