/**
 * Which port each recent client had last. It is a table of fixed size, which keeps the last clients
 * of each set: a `Map` took 4 percent of the CPU time of small files. Pure.
 */

import { type AddressKey, hashOf } from "./address.ts";

/** Number of sets; the hash of a client selects one. A power of 2. */
const SETS = 2048;
/** Clients remembered per set: those that asked last. */
const WAYS = 4;

export class LastPorts {
  /** NaN, which equals nothing, where there is no client yet. */
  readonly #clients = new Float64Array(SETS * WAYS).fill(NaN);
  /** The index of the port of each. */
  readonly #ports = new Uint16Array(SETS * WAYS);
  /** Clients remembered. */
  size = 0;

  /** The index of the port that a client had last; undefined for a client that is not known. */
  get(client: AddressKey): number | undefined {
    const number = numberOf(client);
    const first = setOf(number);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#clients[at] === number) return this.#ports[at];
    }
    return undefined;
  }

  /** Remembers the port of a client, which becomes the first of its set. */
  set(client: AddressKey, port: number): void {
    const number = numberOf(client);
    const first = setOf(number);
    let at = first;
    while (at < first + WAYS - 1 && this.#clients[at] !== number) at++;
    if (Number.isNaN(this.#clients[at])) this.size++;
    for (; at > first; at--) {
      this.#clients[at] = this.#clients[at - 1]!;
      this.#ports[at] = this.#ports[at - 1]!;
    }
    this.#clients[first] = number;
    this.#ports[first] = port;
  }
}

/**
 * The number that a client is known by. Of a key in text it is a negative hash: two clients with
 * the same one only avoid each other's port.
 */
function numberOf(client: AddressKey): number {
  if (typeof client === "number") return client;
  let hash = 0;
  for (let at = 0; at < client.length; at++) hash = Math.imul(hash, 31) + client.charCodeAt(at) | 0;
  return -1 - (hash >>> 0);
}

/** Index of the first client in the set of a number of up to 48 bits. */
function setOf(number: number): number {
  return (hashOf(number / 0x10000, number) & (SETS - 1)) * WAYS;
}
