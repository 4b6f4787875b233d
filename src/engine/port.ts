/**
 * A socket and the transfers that share it: each datagram goes to the transfer of its sender's
 * address and port, and what belongs to none to a handler.
 */

import type { Address } from "../protocol/mod.ts";
import { addressKey } from "./address.ts";
import { UnreachableError } from "./errors.ts";
import type { BindOptions, DatagramHandler, Network, Peer, Socket } from "./network.ts";

/** What a datagram can be handed to. */
export interface Recipient {
  /** A datagram has come. The bytes are valid during the call only. */
  receive(bytes: Uint8Array, nowMs: number): void;
  /** A datagram for the peer was lost on this side, or the peer's machine says that it is gone. */
  unsendable(error: Error): void;
  /** Whether all that is left is to repeat a last ACK: then its port may be had. */
  readonly settled?: boolean;
}

export interface PortHandlers {
  /** Takes the datagrams that belong to no transfer of the port. */
  unrouted(bytes: Uint8Array, from: Peer, port: Port): void;
  /** Hears of what made the program itself fail, or of a failed receive; the port goes on. */
  failed(error: unknown): void;
  /** Hears that the socket does nothing but fail. */
  broken(error: unknown): void;
  /** Whether requests go to `unrouted` even when their sender has a transfer on this port. */
  readonly listens: boolean;
}

export class Port implements DatagramHandler {
  /** The part of the receive buffer that windows of uploads may fill, as granted so far. */
  promised = 0;
  readonly socket: Socket;
  readonly #handlers: PortHandlers;
  /**
   * The first of each client port. Nearly all clients are found here, by a number and a comparison:
   * hashing the name of every datagram's sender costs more than both.
   */
  readonly #firsts = new Map<number, Route>();
  /** Those of other addresses that use the same port, by address and port. */
  readonly #others = new Map<string, Recipient>();

  /** Binds the socket. Throws `NetworkError` when the address can't be had. */
  constructor(network: Network, where: BindOptions, handlers: PortHandlers) {
    this.#handlers = handlers;
    this.socket = network.bind(where, this);
  }

  /** Routes that lead to a transfer. */
  get routes(): number {
    return this.#firsts.size + this.#others.size;
  }

  has(peer: Address): boolean {
    return this.#find(peer) !== undefined;
  }

  /** Whether a new transfer with this peer must not come here. */
  isTaken(peer: Address): boolean {
    const recipient = this.#find(peer);
    return recipient !== undefined && recipient.settled !== true;
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

  receive(bytes: Uint8Array, from: Peer, nowMs: number): void {
    const recipient = this.#find(from);
    if (recipient && !(this.#handlers.listens && isRequest(bytes))) {
      recipient.receive(bytes, nowMs);
    } else this.#handlers.unrouted(bytes, from, this);
  }

  unsendable(error: Error, to: Address): void {
    const recipient = this.#find(to);
    if (recipient) recipient.unsendable(error);
    // Who was only sent a refusal may be gone by then; any other reason is worth a line.
    else if (!(error instanceof UnreachableError)) this.#handlers.failed(error);
  }

  failed(error: unknown): void {
    this.#handlers.failed(error);
  }

  broken(error: unknown): void {
    this.#handlers.broken(error);
  }

  #find(peer: Address): Recipient | undefined {
    const first = this.#firsts.get(peer.port);
    if (first?.hostname === peer.hostname) return first.recipient;
    return this.#others.size === 0 ? undefined : this.#others.get(addressKey(peer));
  }
}

interface Route {
  readonly hostname: string;
  readonly recipient: Recipient;
}

function isRequest(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2);
}
