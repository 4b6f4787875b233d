/**
 * A socket and the transfers that share it: a datagram goes to the transfer of its sender's address
 * and port, or to a handler where there is none.
 */

import type { Address } from "../protocol/mod.ts";
import { type AddressKey, addressKey } from "./address.ts";
import { UnreachableError } from "./errors.ts";
import type { BindOptions, DatagramHandler, Network, Peer, Socket } from "./network.ts";

/** Receives the datagrams of one peer. */
export interface Recipient {
  /** A datagram has arrived. The bytes are valid during the call only. */
  receive(bytes: Uint8Array, nowMs: number): void;
  /** A datagram for the peer was lost on this side, or ICMP says that the peer is gone. */
  unsendable(error: Error): void;
  /** Whether it only repeats a last ACK: then its port may be reused. */
  readonly settled?: boolean;
}

/**
 * Uploads whose clients were not heard yet count for at most this part of a receive buffer. Their
 * addresses may be forged: requests alone must not leave only windows of one block to others.
 */
const MAX_UNHEARD_SHARE = 0.5;

export interface PortHandlers {
  /** Receives the datagrams that belong to no transfer of the port. */
  unrouted(bytes: Uint8Array, from: Peer, port: Port): void;
  /** Called for an internal error or a failed receive; the port goes on. */
  failed(error: unknown): void;
  /** Called when the socket fails again and again. */
  broken(error: unknown): void;
  /** Whether requests go to `unrouted` even when their sender has a transfer on this port. */
  readonly listens: boolean;
}

export class Port implements DatagramHandler {
  /** What windows of uploads may fill, as a part of the receive buffer, of clients heard since. */
  heardShare = 0;
  /** The same of clients that have sent nothing since their requests. */
  unheardShare = 0;
  readonly socket: Socket;
  readonly #handlers: PortHandlers;
  /**
   * The first transfer of each client port. Nearly all clients are found here by comparing two
   * numbers, which costs less than hashing the address of every datagram.
   */
  readonly #firsts = new Map<number, Route>();
  /** Transfers of other addresses with the same client port, by address and port. */
  readonly #others = new Map<AddressKey, Route>();

  /** Binds the socket. Throws `NetworkError` when the address can't be bound. */
  constructor(network: Network, where: BindOptions, handlers: PortHandlers) {
    this.#handlers = handlers;
    this.socket = network.bind(where, this);
  }

  /** The part of the receive buffer that counts as taken when a new upload asks for a window. */
  get promised(): number {
    return this.heardShare + Math.min(this.unheardShare, MAX_UNHEARD_SHARE);
  }

  /** Number of routes to transfers. */
  get routes(): number {
    return this.#firsts.size + this.#others.size;
  }

  has(peer: Address): boolean {
    return this.#find(peer) !== undefined;
  }

  /** Whether a new transfer with this peer needs another port. */
  isTaken(peer: Address): boolean {
    const recipient = this.#find(peer);
    return recipient !== undefined && recipient.settled !== true;
  }

  add(peer: Address, recipient: Recipient): void {
    const { hostname, port } = peer;
    const isOther = this.#others.has(addressKey(peer));
    const first = this.#firsts.get(port);
    if (isOther || first && first.hostname !== hostname) {
      this.#others.set(addressKey(peer), { hostname, recipient });
    } else this.#firsts.set(port, { hostname, recipient });
  }

  /** Removes a route, unless another transfer has taken it over. */
  remove(peer: Address, recipient: Recipient): void {
    const route = this.#routeOf(peer);
    if (route?.recipient !== recipient) return;
    // V8 may keep a removed route for a while, and must not keep the transfer with it.
    route.recipient = undefined;
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
    // A peer that only got a refusal may be gone by then; any other reason is logged.
    else if (!(error instanceof UnreachableError)) this.#handlers.failed(error);
  }

  failed(error: unknown): void {
    this.#handlers.failed(error);
  }

  broken(error: unknown): void {
    this.#handlers.broken(error);
  }

  #find(peer: Address): Recipient | undefined {
    return this.#routeOf(peer)?.recipient;
  }

  #routeOf(peer: Address): Route | undefined {
    const first = this.#firsts.get(peer.port);
    if (first?.hostname === peer.hostname) return first;
    return this.#others.size === 0 ? undefined : this.#others.get(addressKey(peer));
  }
}

interface Route {
  readonly hostname: string;
  /** Undefined once it was removed. */
  recipient: Recipient | undefined;
}

function isRequest(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2);
}
