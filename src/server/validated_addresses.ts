/**
 * Address validation: which clients have shown that they receive at their address. Such a client
 * has sent an ACK or DATA to a port that only an answer could have told it. Any other address gets
 * one packet per request and no retransmissions, so a forged address can't be flooded. Pure.
 */

import { Opcode } from "../protocol/mod.ts";
import { BoundedMap } from "../engine/bounded_map.ts";

/** Whether a datagram at the port of a transfer is one that only a client would send. */
export function validates(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes[0] !== 0) return false;
  return bytes[1] === Opcode.DATA || bytes[1] === Opcode.ACK || bytes[1] === Opcode.ERROR;
}

/** Addresses remembered. */
const MAX_ADDRESSES = 4096;

/** How long an address stays validated. */
const VALID_MS = 600_000;

/** An entry is renewed only after this time. */
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
