/**
 * A rate limit that several threads share: the time when the next byte is due, in shared memory. It
 * is the token bucket of `rate_limit.ts` in another form (the generic cell rate algorithm): all
 * bytes move that time forward by what they take at the rate.
 */

import { BURST_MS, type RateLimiter } from "./rate_limit.ts";

/** Bytes of shared memory that a `SharedRate` needs. */
export const RATE_BYTES = 8;

/** Attempts of a thread to update the time; with fewer threads than this, one always succeeds. */
const MAX_TRIES = 1000;

export class SharedRate implements RateLimiter {
  /** Shared by all threads: the time when all bytes so far are paid for, in microseconds. */
  readonly memory: SharedArrayBuffer;
  readonly #dueUs: BigInt64Array;
  readonly #bytesPerMs: number;
  readonly #now: () => number;

  /**
   * `memory` is that of another thread's {@linkcode SharedRate}; `now` returns milliseconds that
   * are the same in all threads.
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

/** The clock of a thread starts with the thread; the time origin makes all of them equal. */
function sharedNowMs(): number {
  return performance.timeOrigin + performance.now();
}
