/**
 * How much of a window leaves at once. Normally a window leaves as one burst. When a block is lost
 * again and again, or much of one window is, something on the path can't hold the burst (a small
 * queue, a slow receiver). Then bursts become smaller, spread over a round trip, until windows
 * arrive without losses.
 */

/** The smallest burst. */
const MIN_BURST = 4;

/** The shortest pause between bursts; the clock of the runtime is not finer. */
const MIN_PAUSE_MS = 5;

/** Losses within one window, before its bursts count as too large. */
const LOSSES_TO_SLOW_DOWN = 4;

export class Pace {
  /** Blocks that may leave at once. */
  burst: number;
  readonly #windowsize: number;
  #losses = 0;

  constructor(windowsize: number) {
    this.#windowsize = windowsize;
    this.burst = windowsize;
  }

  /** A block was lost, for the `times`-th time. */
  lost(times: number): void {
    this.#losses++;
    if (times < 2 && this.#losses < LOSSES_TO_SLOW_DOWN) return;
    this.#losses = 0;
    this.burst = Math.max(Math.min(MIN_BURST, this.#windowsize), Math.ceil(this.burst / 2));
  }

  /** A window has arrived without a loss. */
  clean(): void {
    this.#losses = 0;
    this.burst = Math.min(this.#windowsize, this.burst * 2);
  }

  /** The pause between two bursts: together they take no longer than a round trip. */
  pauseMs(roundTripMs: number): number {
    return Math.max(MIN_PAUSE_MS, roundTripMs * this.burst / this.#windowsize);
  }
}
