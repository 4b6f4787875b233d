/**
 * Address validation: which clients have shown that they are where they say. An ACK or DATA of
 * theirs has reached a port that only an answer could have told them. To anybody else a request
 * brings one packet and no repeats, so that a forged address gets nobody flooded. Pure.
 */

import { Opcode } from "../protocol/mod.ts";
import { BoundedMap } from "../engine/bounded_map.ts";

/** Whether a datagram at the port of a transfer is what only a client would send there. */
export function validates(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes[0] !== 0) return false;
  return bytes[1] === Opcode.DATA || bytes[1] === Opcode.ACK || bytes[1] === Opcode.ERROR;
}

/** Addresses remembered. */
const MAX_ADDRESSES = 4096;

/** How long an address stays validated. */
const VALID_MS = 600_000;

/** It is worth noting again only after this time. */
const RENEWED_MS = 60_000;

export class ValidatedAddresses {
  readonly #sinceMs = new BoundedMap<string, number>(MAX_ADDRESSES);

  get size(): number {
    return this.#sinceMs.size;
  }

  validate(hostname: string, nowMs: number): void {
    const sinceMs = this.#sinceMs.get(hostname);
    if (sinceMs !== undefined && nowMs - sinceMs < RENEWED_MS) return;
    this.#sinceMs.set(hostname, nowMs);
  }

  has(hostname: string, nowMs: number): boolean {
    const sinceMs = this.#sinceMs.get(hostname);
    return sinceMs !== undefined && nowMs - sinceMs < VALID_MS;
  }
}
