/** Rate limits: token buckets, for all clients together and for each client. Pure. */

import { BoundedMap } from "../engine/bounded_map.ts";

/** A full bucket holds this much time's worth of bytes. */
export const BURST_MS = 100;

/** Clients whose buckets are remembered. */
const MAX_CLIENTS = 4096;

/**
 * A bucket that may be overdrawn: what is due is sent completely, and then the debt is waited for.
 * So a block larger than the bucket passes, and the rate is still kept.
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

/** Counts the bytes of all clients: a bucket, or a counter that several threads share. */
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

  /** `share` makes the counter for `rate`, where several threads share it. */
  constructor(rates: Rates, share?: (bytesPerSecond: number) => RateLimiter) {
    this.#rates = rates;
    if (rates.rate !== undefined) this.#all = share?.(rates.rate);
  }

  /** Whether there is any limit. */
  get any(): boolean {
    return this.#rates.rate !== undefined || this.#rates.ratePerClient !== undefined;
  }

  /** The lowest limit that applies to a transfer, in bytes per second. */
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
