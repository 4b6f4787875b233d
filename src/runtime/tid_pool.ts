/**
 * The ports a server answers from. RFC 1350 §4 has both sides choose a TID at random per transfer;
 * a pool of ports, told apart by the client's address and port, keeps every TID different from the
 * listening port and costs far less than a socket per transfer. With a single port, the listening
 * port itself is the pool.
 */

import type { Address } from "../protocol/mod.ts";
import { addressKey, type Port } from "./port.ts";

/** Ports in a pool: more cost memory and loops, fewer share receive buffers among more uploads. */
export const POOL_PORTS = 16;

/** Clients whose last port is remembered, so that they don't get it twice in a row. */
const MAX_REMEMBERED_CLIENTS = 4096;

export class TidPool {
  readonly #ports: readonly Port[];
  readonly #lastPort = new Map<string, Port>();
  #turn = 0;

  constructor(ports: readonly Port[]) {
    this.#ports = ports;
  }

  /** Clients whose last port is remembered. */
  get remembered(): number {
    return this.#lastPort.size;
  }

  /**
   * A port for a new transfer with this client: none that it has a transfer on already and not the
   * one it had last, so that a late packet of the one transfer never reaches the other. Undefined
   * when every port is taken; of a single port, newer transfers take over.
   */
  choose(client: Address): Port | undefined {
    const key = addressKey(client);
    const last = this.#ports.length > 1 ? this.#lastPort.get(key) : undefined;
    for (let tries = 0; tries < this.#ports.length; tries++) {
      const port = this.#ports[this.#turn++ % this.#ports.length]!;
      if (port === last || port.has(client) && this.#ports.length > 1) continue;
      this.#remember(key, port);
      return port;
    }
    return undefined;
  }

  #remember(key: string, port: Port): void {
    this.#lastPort.delete(key);
    this.#lastPort.set(key, port);
    if (this.#lastPort.size <= MAX_REMEMBERED_CLIENTS) return;
    for (const oldest of this.#lastPort.keys()) {
      this.#lastPort.delete(oldest);
      return;
    }
  }
}
