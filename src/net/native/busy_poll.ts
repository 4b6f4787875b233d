/**
 * Decides whether the thread polls for datagrams before it sleeps. Waking a sleeping thread can
 * take longer than most answers do, so polling makes transfers in large windows much faster. A poll
 * that finds nothing wastes CPU time, and keeps a client on the same core from running. After each
 * such poll, twice as many waits start without one. On a single core there is no poll: it keeps a
 * client on this machine from sending, and a thread that sleeps there is woken sooner. Pure.
 */

/** The longest poll, in milliseconds. */
export const POLL_MS = 0.2;

/** Waits without a poll after the first one that finds nothing. */
const MIN_SKIPPED = 16;

/** Waits without a poll after many in a row. */
const MAX_SKIPPED = 4096;

export class BusyPoll {
  /** Waits that are left to be started without a poll. */
  #left = 0;
  #next = MIN_SKIPPED;
  readonly #cores: number;

  /** `cores` is how many this process may run on. */
  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Whether the next wait is to start with a poll; asked once for each wait. */
  isDue(): boolean {
    if (this.#cores === 1) return false;
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Notes the result of a poll. */
  ended(hasFound: boolean): void {
    if (hasFound) {
      this.#next = MIN_SKIPPED;
      return;
    }
    this.#left = this.#next;
    this.#next = Math.min(2 * this.#next, MAX_SKIPPED);
  }
}
