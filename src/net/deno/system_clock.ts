/** The system's monotonic clock. It only ticks while something wants it to. */

import { type Clock, type Ticking, Tickings } from "../../engine/clock.ts";

export class SystemClock implements Clock {
  readonly #tickings = new Tickings();
  #timer: ReturnType<typeof setTimeout> | undefined;

  nowMs(): number {
    return performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking, this.nowMs());
    if (this.#timer === undefined) this.#arm();
  }

  remove(ticking: Ticking): void {
    this.#tickings.remove(ticking);
    if (this.#tickings.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  after(ms: number, callback: () => void): () => void {
    if (ms === 0) {
      const next = setImmediate(callback);
      return () => clearImmediate(next);
    }
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  waiting(): void {
    // Deno's own loop goes on whatever is waited for.
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const inMs = Math.max(0, this.#tickings.nextMs - this.nowMs());
    this.#timer = setTimeout(() => this.#look(), inMs);
  }

  #look(): void {
    this.#timer = undefined;
    this.#tickings.look(this.nowMs());
    if (this.#tickings.size > 0) this.#arm();
  }
}
