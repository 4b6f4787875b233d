/**
 * Clients that have shown that they are where they say: an ACK or DATA of theirs has reached a port
 * that only an answer could have told them. To anybody else a request brings one packet and no
 * repeats, so that a forged address gets nobody flooded. Pure.
 */

import { BoundedMap } from "../engine/bounded_map.ts";

/** Addresses remembered. */
const MAX_ADDRESSES = 4096;

/** How long an address stays proved. */
const PROVED_MS = 600_000;

export class ProvedAddresses {
  readonly #sinceMs = new BoundedMap<string, number>(MAX_ADDRESSES);

  get size(): number {
    return this.#sinceMs.size;
  }

  prove(hostname: string, nowMs: number): void {
    this.#sinceMs.set(hostname, nowMs);
  }

  has(hostname: string, nowMs: number): boolean {
    const sinceMs = this.#sinceMs.get(hostname);
    return sinceMs !== undefined && nowMs - sinceMs < PROVED_MS;
  }
}
