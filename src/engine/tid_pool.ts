/**
 * The ports a server answers from. RFC 1350 §4 has both sides choose a random TID per transfer. A
 * pool of ports, in which transfers are told apart by the client's address and port, keeps every
 * TID different from the listening port and costs far less than a socket per transfer. With a
 * single port, the listening port is the pool.
 */

import type { Address } from "../protocol/mod.ts";
import { addressKey } from "./address.ts";
import { LastPorts } from "./last_ports.ts";
import type { Port } from "./port.ts";

/**
 * Ports in a pool whose sockets have the system's default receive buffer. More ports cost memory
 * and loops; with fewer, more uploads share each buffer. With 32, a hundred uploads at once with
 * windows of 16 blocks all fit.
 */
export const POOL_PORTS = 32;

/** Large receive buffers need fewer ports. One call then receives and sends more datagrams. */
const FEW_POOL_PORTS = 4;

/** A receive buffer of this size holds requests, or windows, of some thousand clients. */
export const LARGE_BUFFER_BYTES = 4 * 1024 * 1024;

/** The number of ports in a pool, by the size of the receive buffers. */
export function poolSizeFor(receiveBufferBytes: number): number {
  return receiveBufferBytes < LARGE_BUFFER_BYTES ? POOL_PORTS : FEW_POOL_PORTS;
}

export class TidPool {
  readonly #ports: readonly Port[];
  /** So that no client gets the same port twice in a row; none for a single port. */
  readonly #lastPorts: LastPorts | undefined;
  #turn = 0;

  constructor(ports: readonly Port[]) {
    this.#ports = ports;
    if (ports.length > 1) this.#lastPorts = new LastPorts();
  }

  /** Whether all transfers share one port. */
  get isSingle(): boolean {
    return this.#ports.length === 1;
  }

  /** Clients whose last port is remembered. */
  get remembered(): number {
    return this.#lastPorts?.size ?? 0;
  }

  /**
   * A port for a new transfer with this client: one that has no transfer with it, and not the one
   * it had last, so a late packet of the old transfer never reaches the new one. Undefined when no
   * port is free; with a single port, the new transfer replaces the old one. An upload gets the
   * port with the most room in its receive buffer, since its windows could fill others.
   */
  choose(client: Address, options = { upload: false }): Port | undefined {
    const key = addressKey(client);
    const several = this.#ports.length > 1;
    const last = this.#lastPorts?.get(key);
    let chosen: number | undefined;
    /** If it must be, one where a transfer of this client only repeats its last ACK. */
    let spare: number | undefined;
    for (let tries = 0; tries < this.#ports.length; tries++) {
      const index = this.#turn++ % this.#ports.length;
      const port = this.#ports[index]!;
      if (several && (index === last || port.isTaken(client))) continue;
      if (several && port.has(client)) {
        spare ??= index;
        continue;
      }
      if (chosen === undefined || port.promised < this.#ports[chosen]!.promised) chosen = index;
      if (!options.upload || port.promised === 0) break;
    }
    chosen ??= spare;
    if (chosen === undefined) return undefined;
    this.#lastPorts?.set(key, chosen);
    return this.#ports[chosen];
  }
}
