/**
 * Decides whether the thread polls for datagrams before it sleeps. Waking a thread that sleeps can
 * take longer than most answers do, so polling makes transfers in large windows much faster. A poll
 * that finds nothing is lost CPU time, and keeps a client on the same core from running: the more
 * of them in a row find nothing, the more waits are begun without one. Pure.
 */

/** So long a poll takes at most, in milliseconds. */
export const POLL_MS = 0.2;

/** Waits without a poll after one that has found nothing. */
const LEAST_SKIPPED = 16;

/** And after many in a row. */
const MOST_SKIPPED = 4096;

export class BusyPoll {
  #skipped = 0;
  #toSkip = LEAST_SKIPPED;

  /** Whether the wait that begins now is to begin with a poll. */
  isDue(): boolean {
    if (this.#skipped === 0) return true;
    this.#skipped--;
    return false;
  }

  /** A poll has ended. */
  ended(hasFound: boolean): void {
    if (hasFound) {
      this.#toSkip = LEAST_SKIPPED;
      return;
    }
    this.#skipped = this.#toSkip;
    this.#toSkip = Math.min(2 * this.#toSkip, MOST_SKIPPED);
  }
}
