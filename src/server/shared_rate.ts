/**
 * A rate that several threads keep to together: when the next byte is due, in memory that they
 * share. It is the token bucket of `rate_limit.ts` told in another way (the generic cell rate
 * algorithm): each spending moves that time on by what its bytes take.
 */

import { BURST_MS, type RateLimiter } from "./rate_limit.ts";

/** What a `SharedRate` needs of memory that several threads share. */
export const RATE_BYTES = 8;

/** Threads try as often to move the time on, before one gives way; more are never at it. */
const MAX_TRIES = 1000;

export class SharedRate implements RateLimiter {
  /** Shared by all threads: the time at which all that was spent is earned, in microseconds. */
  readonly memory: SharedArrayBuffer;
  readonly #dueUs: BigInt64Array;
  readonly #bytesPerMs: number;
  readonly #now: () => number;

  /**
   * `memory` is that of another thread's {@linkcode SharedRate}; `now` tells milliseconds that are
   * the same in all threads.
   */
  constructor(
    bytesPerSecond: number,
    { memory = new SharedArrayBuffer(RATE_BYTES), now = sharedNowMs }: {
      memory?: SharedArrayBuffer;
      now?: () => number;
    } = {},
  ) {
    this.memory = memory;
    this.#dueUs = new BigInt64Array(memory);
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#now = now;
  }

  spend(bytes: number): number {
    const nowUs = BigInt(Math.round(this.#now() * 1000));
    const costUs = BigInt(Math.ceil(bytes * 1000 / this.#bytesPerMs));
    const earliestUs = nowUs - BigInt(BURST_MS * 1000);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const dueUs = Atomics.load(this.#dueUs, 0);
      const fromUs = dueUs < earliestUs ? earliestUs : dueUs;
      const nextUs = fromUs + costUs;
      if (Atomics.compareExchange(this.#dueUs, 0, dueUs, nextUs) !== dueUs) continue;
      return Math.max(0, Number(nextUs - nowUs) / 1000);
    }
    return 0;
  }
}

/** Every thread's clock begins when the thread does; together with that they tell the same. */
function sharedNowMs(): number {
  return performance.timeOrigin + performance.now();
}
