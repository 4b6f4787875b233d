/**
 * Time for the engine: a monotonic clock, and one coarse tick that looks over all deadlines. A
 * timer of its own for every packet would cost as much as the packet. The tick comes sooner when
 * something is due, and more rarely the more transfers there are, since each is looked at; from
 * some hundred on, a deadline may be noticed up to {@linkcode MOST_MS} late.
 */

/** Something with deadlines. */
export interface Ticking {
  /** Where it stands in a list; for {@linkcode Tickings} alone. */
  place?: number;
  /** Does what is due, and may tell when there will be more if nothing happens until then. */
  tick(nowMs: number): number | void;
}

/** What the engine needs of time. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  nowMs(): number;
  /** Calls `tick` when something may be due, and every few milliseconds, until it is removed. */
  add(ticking: Ticking): void;
  /** Does not call it any more; harmless when it is not there. */
  remove(ticking: Ticking): void;
  /**
   * Calls back once, after so many milliseconds, unless the returned function is called before. 0
   * is after the sockets had their turn.
   */
  after(ms: number, callback: () => void): () => void;
  /** Tells how many more, or fewer, wait for what is neither a datagram nor a time. */
  waiting(change: 1 | -1): void;
}

/** How late a deadline may be noticed that has come up since the last tick, while few tick. */
export const TICK_MS = 5;

/** The system's timers are no finer. */
const LEAST_MS = 1;

/** Of a crowd, so many are looked at per millisecond: looking must not take time from serving. */
const LOOKS_PER_MS = 20;

/** However many they are, a deadline is noticed after this time. */
export const MOST_MS = 50;

/** A tick that comes so late shows that this process did not run, and so did not listen either. */
const LATE_MS = 15;

/** How long to wait for the next tick, of so many tickings, the first of which is due then. */
export function nextTickMs(dueInMs: number, count: number): number {
  const crowdMs = Math.min(count / LOOKS_PER_MS, MOST_MS);
  return Math.max(LEAST_MS, crowdMs, Math.min(dueInMs, TICK_MS));
}

/** All that have deadlines, and when to look at them again. */
export class Tickings {
  /** When to look; Infinity while there is nobody. */
  nextMs = Infinity;
  /** Each knows its place: transfers come and go too fast for a set. */
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

  /** Tells everybody the time, if it is time to. */
  look(nowMs: number): void {
    if (nowMs < this.nextMs) return;
    const late = nowMs - this.nextMs > LATE_MS;
    // What was missed meanwhile lies in the sockets, and they come first, once: what has been
    // answered must not be repeated because this side was late.
    this.#waived = late && !this.#waived;
    let dueMs = Infinity;
    if (!this.#waived) {
      // Backwards, since one that is removed gives its place to the last.
      for (let at = this.#tickings.length - 1; at >= 0; at--) {
        dueMs = Math.min(dueMs, this.#tickings[at]?.tick(nowMs) ?? Infinity);
      }
    }
    const count = this.#tickings.length;
    if (count > 0) this.nextMs = nowMs + nextTickMs(dueMs - nowMs, count);
  }
}
