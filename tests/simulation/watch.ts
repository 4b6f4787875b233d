/** Where the ends of a simulation write down what they did, and what must never happen. */

import type { Ladder } from "../helpers/sim/ladder.ts";
import type { VirtualTime } from "./virtual_time.ts";

export class Watch {
  /** What broke the rules, each with its time; empty after a good run. */
  readonly violations: string[] = [];
  /** Where more was sent than there was cause for. */
  readonly excesses: string[] = [];
  readonly #time: VirtualTime;
  readonly #ladder: Ladder | undefined;

  constructor(time: VirtualTime, ladder?: Ladder) {
    this.#time = time;
    this.#ladder = ladder;
  }

  get wantsNotes(): boolean {
    return this.#ladder !== undefined;
  }

  note(who: string, what: string): void {
    this.#ladder?.note(this.#time.nowMs, who, what);
  }

  violation(who: string, what: string): void {
    // A broken run repeats itself; the first cases are enough.
    if (this.violations.length < 20) {
      this.violations.push(`${this.#time.nowMs.toFixed(3)} ms, ${who}: ${what}`);
    }
    this.note(who, `VIOLATION ${what}`);
  }

  excess(who: string, what: string): void {
    this.excesses.push(`${who}: ${what}`);
  }

  expect(condition: boolean, who: string, what: string): void {
    if (!condition) this.violation(who, what);
  }
}
