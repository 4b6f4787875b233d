/** The system's monotonic clock. It only ticks while something wants it to. */

import { type Clock, type Ticking, Tickings } from "../../engine/clock.ts";
import { callAfter } from "./alarm.ts";

export class SystemClock implements Clock {
  readonly #tickings = new Tickings();
  readonly #look = () => {
    this.#cancel = undefined;
    this.#tickings.look(this.nowMs());
    if (this.#tickings.size > 0) this.#arm();
  };
  #cancel: (() => void) | undefined;

  nowMs(): number {
    return performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking, this.nowMs());
    if (this.#cancel === undefined) this.#arm();
  }

  remove(ticking: Ticking): void {
    this.#tickings.remove(ticking);
    if (this.#tickings.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  after(ms: number, callback: () => void): () => void {
    return callAfter(ms, callback);
  }

  waiting(): void {
    // Deno's own loop goes on whatever is waited for.
  }

  #arm(): void {
    this.#cancel = callAfter(this.#tickings.nextMs - this.nowMs(), this.#look);
  }
}
