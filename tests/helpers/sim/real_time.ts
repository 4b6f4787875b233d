/** The agenda of a {@linkcode Link} in real time: one timer, and what is due is done in order. */

import type { Time } from "./sim_network.ts";

export class RealTime implements Time {
  /** Sorted by time; what is due at the same time stays in the order in which it was asked for. */
  readonly #agenda: { readonly atMs: number; readonly run: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  get nowMs(): number {
    return performance.now();
  }

  /** What is due already is done at once. */
  at(atMs: number, run: () => void): void {
    if (atMs <= this.nowMs) return run();
    let place = this.#agenda.length;
    while (place > 0 && this.#agenda[place - 1]!.atMs > atMs) place--;
    this.#agenda.splice(place, 0, { atMs, run });
    if (place === 0) this.#arm();
  }

  /** Forgets everything that is not due yet. */
  stop(): void {
    this.#agenda.length = 0;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#agenda[0];
    if (!next) return;
    this.#timer = setTimeout(() => this.#work(), Math.max(0, next.atMs - this.nowMs));
  }

  #work(): void {
    while (this.#agenda.length > 0 && this.#agenda[0]!.atMs <= this.nowMs) {
      this.#agenda.shift()!.run();
    }
    this.#arm();
  }
}
