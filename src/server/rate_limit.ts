/** How fast bytes may go: token buckets, for all clients together and for each. Pure. */

import { BoundedMap } from "../engine/bounded_map.ts";

/** What a bucket holds when it is full: this much time's worth. */
export const BURST_MS = 100;

/** Clients whose buckets are remembered. */
const MAX_CLIENTS = 4096;

/**
 * A bucket that may be overdrawn: what is due goes out whole, and the debt is waited for. So a
 * block larger than the bucket passes, and the rate holds all the same.
 */
export class TokenBucket implements RateLimiter {
  readonly #bytesPerMs: number;
  readonly #most: number;
  #tokens: number;
  #atMs: number;

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#most = this.#bytesPerMs * BURST_MS;
    this.#tokens = this.#most;
    this.#atMs = nowMs;
  }

  /** Takes bytes; returns how many milliseconds to wait before the next are due. */
  spend(bytes: number, nowMs: number): number {
    const earned = Math.max(0, nowMs - this.#atMs) * this.#bytesPerMs;
    this.#tokens = Math.min(this.#most, this.#tokens + earned) - bytes;
    this.#atMs = nowMs;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#bytesPerMs;
  }
}

/** What all clients' bytes are counted by: a bucket, or something that several threads share. */
export interface RateLimiter {
  /** Takes bytes; returns how many milliseconds to wait before the next are due. */
  spend(bytes: number, nowMs: number): number;
}

export interface Rates {
  /** Bytes per second for all transfers together. */
  readonly rate?: number;
  /** Bytes per second for the transfers of one client. */
  readonly ratePerClient?: number;
}

export class RateLimits {
  readonly #rates: Rates;
  readonly #clients = new BoundedMap<string, TokenBucket>(MAX_CLIENTS);
  #all: RateLimiter | undefined;

  /** `share` makes what counts for `rate` where several threads keep to it together. */
  constructor(rates: Rates, share?: (bytesPerSecond: number) => RateLimiter) {
    this.#rates = rates;
    if (rates.rate !== undefined) this.#all = share?.(rates.rate);
  }

  /** Whether there is any limit. */
  get any(): boolean {
    return this.#rates.rate !== undefined || this.#rates.ratePerClient !== undefined;
  }

  /** The lowest limit that holds for a transfer, in bytes per second. */
  get lowest(): number {
    return Math.min(this.#rates.rate ?? Infinity, this.#rates.ratePerClient ?? Infinity);
  }

  /** Takes bytes of a client's; returns how many milliseconds to wait before the next are due. */
  spend(hostname: string, bytes: number, nowMs: number): number {
    const { rate, ratePerClient } = this.#rates;
    let waitMs = 0;
    if (rate !== undefined) {
      this.#all ??= new TokenBucket(rate, nowMs);
      waitMs = this.#all.spend(bytes, nowMs);
    }
    if (ratePerClient === undefined) return waitMs;
    const known = this.#clients.get(hostname);
    const bucket = known ?? new TokenBucket(ratePerClient, nowMs);
    if (!known) this.#clients.set(hostname, bucket);
    return Math.max(waitMs, bucket.spend(bytes, nowMs));
  }
}
