/**
 * A socket with its one receive loop, and the transfers that share it: each datagram goes to the
 * transfer of its sender's address and port, and what belongs to none to a handler.
 */

import type { Address } from "../protocol/mod.ts";
import { addressKey } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { Endpoint } from "../net/endpoint.ts";

/**
 * What a datagram can be handed to, with the time at which it was read; the bytes are free again
 * when it has settled.
 */
export interface Recipient {
  deliver(bytes: Uint8Array, nowMs: number): Promise<void> | void;
}

export interface PortHandlers {
  /** Read once for each datagram: it costs as much as a look-up. */
  readonly clock: Pick<Clock, "nowMs">;
  /** Takes the datagrams that belong to no transfer of the port. */
  unrouted(bytes: Uint8Array, from: Address, port: Port): Promise<void> | void;
  /** Hears of a datagram that made the program itself fail; the port goes on. */
  trouble(error: unknown): void;
  /** Whether requests go to `unrouted` even when their sender has a transfer on this port. */
  readonly listens: boolean;
}

/** Failures of a socket in a row, before it counts as broken. */
const MAX_FAILURES = 100;

export class Port {
  /** The part of the receive buffer that windows of uploads may fill, as granted so far. */
  promised = 0;
  readonly endpoint: Endpoint;
  readonly #handlers: PortHandlers;
  /**
   * The first of each client port. Nearly all clients are found here, by a number and a comparison:
   * hashing the name of every datagram's sender costs more than both.
   */
  readonly #firsts = new Map<number, Route>();
  /** Those of other addresses that use the same port, by address and port. */
  readonly #others = new Map<string, Recipient>();
  #closed = false;

  constructor(endpoint: Endpoint, handlers: PortHandlers) {
    this.endpoint = endpoint;
    this.#handlers = handlers;
  }

  has(peer: Address): boolean {
    return this.#find(peer) !== undefined;
  }

  add(peer: Address, recipient: Recipient): void {
    const { hostname, port } = peer;
    const isOther = this.#others.has(addressKey(peer));
    const first = this.#firsts.get(port);
    if (isOther || first && first.hostname !== hostname) {
      this.#others.set(addressKey(peer), recipient);
    } else this.#firsts.set(port, { hostname, recipient });
  }

  /** Forgets a route, unless somebody else has taken it over meanwhile. */
  remove(peer: Address, recipient: Recipient): void {
    if (this.#find(peer) !== recipient) return;
    if (!this.#others.delete(addressKey(peer))) this.#firsts.delete(peer.port);
  }

  /** The receive loop: runs until the port is closed. Throws when the socket is broken. */
  async listen(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      try {
        // A loop that never ends is never compiled well: what can be done elsewhere is.
        const received = await this.endpoint.receive();
        failures = 0;
        const busy = this.#dispatch(received);
        if (busy) await busy;
      } catch (error) {
        if (this.#closed) return;
        // One datagram can make a receive fail; only a socket that does nothing else is broken.
        if (++failures >= MAX_FAILURES) throw error;
        this.#handlers.trouble(error);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.endpoint.close();
  }

  #find(peer: Address): Recipient | undefined {
    const first = this.#firsts.get(peer.port);
    if (first?.hostname === peer.hostname) return first.recipient;
    return this.#others.size === 0 ? undefined : this.#others.get(addressKey(peer));
  }

  #dispatch([bytes, from]: [Uint8Array, Address]): Promise<void> | void {
    const recipient = this.#find(from);
    if (recipient && !(this.#handlers.listens && isRequest(bytes))) {
      return recipient.deliver(bytes, this.#handlers.clock.nowMs());
    }
    return this.#handlers.unrouted(bytes, from, this);
  }
}

interface Route {
  readonly hostname: string;
  readonly recipient: Recipient;
}

function isRequest(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2);
}
