/** Limits ERRORs for invalid packets: per address, and in the number of addresses. */

/** ERRORs in a row for one address that sends packets which are no requests. */
const BURST = 5;

/** After how long one more is allowed. */
const REFILL_MS = 1000;

/** Addresses remembered; with one more, all of them are forgotten. */
const MAX_ADDRESSES = 4096;

export class ErrorLimiter {
  readonly #spent = new Map<string, { count: number; sinceMs: number }>();
  readonly #burst: number;
  readonly #refillMs: number;

  /** `burst` ERRORs in a row, and one more every `refillMs`. */
  constructor({ burst = BURST, refillMs = REFILL_MS } = {}) {
    this.#burst = burst;
    this.#refillMs = refillMs;
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#spent.size;
  }

  /** Whether this address may get one more ERROR now. */
  allows(hostname: string, nowMs: number): boolean {
    const entry = this.#spent.get(hostname);
    if (!entry) {
      this.#remember(hostname, nowMs);
      return true;
    }
    const refilled = Math.floor((nowMs - entry.sinceMs) / this.#refillMs);
    if (refilled > 0) {
      entry.count = Math.max(0, entry.count - refilled);
      entry.sinceMs += refilled * this.#refillMs;
    }
    if (entry.count >= this.#burst) return false;
    entry.count++;
    return true;
  }

  #remember(hostname: string, nowMs: number): void {
    if (this.#spent.size >= MAX_ADDRESSES) this.#spent.clear();
    this.#spent.set(hostname, { count: 1, sinceMs: nowMs });
  }
}
