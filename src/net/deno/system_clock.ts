/** The system's monotonic clock. It ticks only while something needs it. */

import { type Clock, type Ticking, Tickings } from "../../engine/clock.ts";
import { callAfter } from "./call_after.ts";

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
    // Deno's own loop runs on by itself.
  }

  #arm(): void {
    this.#cancel = callAfter(this.#tickings.nextMs - this.nowMs(), this.#look);
  }
}
