/**
 * One direction of a simulated bad network: datagrams come out late, twice, out of order or not at
 * all.
 */

import type { Fate } from "./fault_plan.ts";

/** How long a datagram waits for another one to overtake it. */
export const OVERTAKE_MS = 30;

export type FaultKind = "lost" | "twice" | "late";

export interface LaneSettings<T> {
  readonly delayMs: number;
  fate(): Fate;
  /** Where it comes out. */
  out(item: T): void;
  /** Calls back after a time, unless the returned function is called first. */
  later(ms: number, callback: () => void): () => void;
  /** Called with what is done to a datagram. */
  told?(kind: FaultKind, item: T): void;
}

/** A pending delay, and how to end it. */
interface Held<T> {
  readonly item: T;
  forget: () => void;
}

export class FaultyLane<T> {
  readonly #settings: LaneSettings<T>;
  /** Datagrams on their way, in the order in which they would come out. */
  readonly #waiting = new Set<Held<T>>();
  #late: Held<T> | undefined;

  constructor(settings: LaneSettings<T>) {
    this.#settings = settings;
  }

  /** Puts a datagram in; what comes out at once is out when this returns. */
  put(item: T): void {
    const { fate, told, later } = this.#settings;
    const { lost, twice, late } = fate();
    if (lost) return told?.("lost", item);
    if (twice) told?.("twice", item);
    if (late && !this.#late) {
      told?.("late", item);
      const held: Held<T> = { item, forget: () => {} };
      this.#late = held;
      held.forget = later(OVERTAKE_MS, () => this.#release(held));
      if (twice) this.#pass(item);
      return;
    }
    this.#pass(item);
    if (twice) this.#pass(item);
    if (this.#late) this.#release(this.#late);
  }

  /** Ends all delays, and returns what was on its way, in order. */
  drain(): T[] {
    const held = [...this.#waiting, ...(this.#late ? [this.#late] : [])];
    for (const { forget } of held) forget();
    this.#late = undefined;
    this.#waiting.clear();
    return held.map(({ item }) => item);
  }

  #release(held: Held<T>): void {
    if (this.#late !== held) return;
    held.forget();
    this.#late = undefined;
    this.#pass(held.item);
  }

  #pass(item: T): void {
    const { delayMs, later, out } = this.#settings;
    if (delayMs === 0) return out(item);
    const waiting: Held<T> = { item, forget: () => {} };
    this.#waiting.add(waiting);
    waiting.forget = later(delayMs, () => {
      if (this.#waiting.delete(waiting)) out(item);
    });
  }
}
