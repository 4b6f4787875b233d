/** The last fifteen minutes, in steps of five seconds. Pure. */

/** One step, in milliseconds. */
export const STEP_MS = 5000;
/** Number of steps kept. */
export const STEPS = 180;

/**
 * The counters of each step.
 *
 * ```ts
 * import type { Happened } from "@tftp/tftp";
 *
 * const isQuiet = ({ blocks, failed }: Pick<Happened, "blocks" | "failed">) =>
 *   blocks === 0 && failed === 0;
 * if (!isQuiet({ blocks: 0, failed: 0 })) throw new Error("nothing has happened");
 * ```
 */
export interface Happened {
  /** Bytes of files that were transferred. */
  readonly bytes: number;
  /** DATA blocks, each counted once. */
  readonly blocks: number;
  /** Packets that were retransmitted. */
  readonly retransmits: number;
  /** Transfers that were completed. */
  readonly done: number;
  /** Transfers that failed, and requests that were refused. */
  readonly failed: number;
}

/**
 * Lists with one figure per step, the oldest first; the last step is still running.
 *
 * ```ts
 * import type { HistoryLists } from "@tftp/tftp";
 *
 * // The worst step of the last fifteen minutes, by what had to be sent again.
 * const worst = ({ retransmits }: Pick<HistoryLists, "retransmits">) => Math.max(...retransmits);
 * if (worst({ retransmits: [0, 12, 3] }) !== 12) throw new Error("the second one");
 * ```
 */
export type HistoryLists = { readonly [Key in keyof Happened]: readonly number[] };

type Step = { -readonly [Key in keyof Happened]: number };

export class History {
  readonly #steps: Step[] = Array.from({ length: STEPS }, nothing);
  /** The number of the running step, counted from 1970. */
  #now = 0;

  /** When the running step ends, in milliseconds since 1970. */
  get untilMs(): number {
    return (this.#now + 1) * STEP_MS;
  }

  add(happened: Partial<Happened>, nowMs: number): void {
    this.pass(nowMs);
    const step = this.#steps[this.#now % STEPS]!;
    for (const [key, value] of Object.entries(happened)) step[key as keyof Step] += value;
  }

  /** Steps between the last time and this one are empty. */
  pass(nowMs: number): void {
    const now = Math.floor(nowMs / STEP_MS);
    const from = Math.max(this.#now + 1, now - STEPS + 1);
    for (let step = from; step <= now; step++) this.#steps[step % STEPS] = nothing();
    this.#now = Math.max(this.#now, now);
  }

  get lists(): HistoryLists {
    const steps = Array.from(
      { length: STEPS },
      (_, at) => this.#steps[(this.#now + 1 + at) % STEPS]!,
    );
    const list = (key: keyof Happened) => steps.map((step) => step[key]);
    return {
      bytes: list("bytes"),
      blocks: list("blocks"),
      retransmits: list("retransmits"),
      done: list("done"),
      failed: list("failed"),
    };
  }
}

function nothing(): Step {
  return { bytes: 0, blocks: 0, retransmits: 0, done: 0, failed: 0 };
}
