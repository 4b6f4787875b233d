/**
 * The ports a server answers from. RFC 1350 §4 has both sides choose a TID at random per transfer;
 * a pool of ports, told apart by the client's address and port, keeps every TID different from the
 * listening port and costs far less than a socket per transfer. With a single port, the listening
 * port itself is the pool.
 */

import type { Address } from "../protocol/mod.ts";
import { addressKey } from "./address.ts";
import { BoundedMap } from "./bounded_map.ts";
import type { Port } from "./port.ts";

/**
 * Ports in a pool whose sockets have receive buffers of the system's default size: more cost memory
 * and loops, fewer share the buffers among more uploads. With these, a hundred uploads at once with
 * windows of 16 blocks all fit.
 */
export const POOL_PORTS = 32;

/**
 * Where receive buffers are large, fewer ports serve: what has come to one socket is received by
 * one call, and what is to leave from it leaves by one.
 */
const FEW_POOL_PORTS = 4;

/** A receive buffer of so many bytes holds requests, or windows, of some thousand clients. */
export const LARGE_BUFFER_BYTES = 4 * 1024 * 1024;

/** How many ports a pool has, by what the receive buffers hold. */
export function poolSizeFor(receiveBufferBytes: number): number {
  return receiveBufferBytes < LARGE_BUFFER_BYTES ? POOL_PORTS : FEW_POOL_PORTS;
}

/** Clients whose last port is remembered, so that they don't get it twice in a row. */
const MAX_REMEMBERED_CLIENTS = 4096;

export class TidPool {
  readonly #ports: readonly Port[];
  readonly #lastPort = new BoundedMap<string, Port>(MAX_REMEMBERED_CLIENTS);
  #turn = 0;

  constructor(ports: readonly Port[]) {
    this.#ports = ports;
  }

  /** Whether all transfers share one port. */
  get isSingle(): boolean {
    return this.#ports.length === 1;
  }

  /** Clients whose last port is remembered. */
  get remembered(): number {
    return this.#lastPort.size;
  }

  /**
   * A port for a new transfer with this client: none that it has a transfer on already and not the
   * one it had last, so that a late packet of the one transfer never reaches the other. Undefined
   * when every port is taken; of a single port, newer transfers take over. An upload gets the port
   * whose receive buffer has most room, since its windows would drown others there.
   */
  choose(client: Address, options = { upload: false }): Port | undefined {
    const key = addressKey(client);
    const several = this.#ports.length > 1;
    const last = several ? this.#lastPort.get(key) : undefined;
    let chosen: Port | undefined;
    /** One where a transfer of this client's repeats its last ACK, if it must be. */
    let spare: Port | undefined;
    for (let tries = 0; tries < this.#ports.length; tries++) {
      const port = this.#ports[this.#turn++ % this.#ports.length]!;
      if (several && (port === last || port.isTaken(client))) continue;
      if (several && port.has(client)) {
        spare ??= port;
        continue;
      }
      if (!chosen || port.promised < chosen.promised) chosen = port;
      if (!options.upload || chosen.promised === 0) break;
    }
    chosen ??= spare;
    if (chosen) this.#lastPort.set(key, chosen);
    return chosen;
  }
}
