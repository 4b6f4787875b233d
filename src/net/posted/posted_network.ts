/**
 * A network whose listening sockets are in another thread. Sockets of Deno can't be handed to a
 * worker, so their datagrams are posted as messages. All other sockets belong to this thread.
 */

import type { Address, Blocks } from "../../protocol/mod.ts";
import type { Clock } from "../../engine/clock.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../../engine/network.ts";

export interface PostedHandlers {
  /** Posts a datagram to the thread that has the socket; the bytes may be reused afterwards. */
  post(listener: number, bytes: Uint8Array, to: Address): void;
  /** Called for each datagram that was received here. */
  taken(): void;
}

export class PostedNetwork implements Network {
  readonly clock: Clock;
  readonly receiveBufferBytes: number;
  readonly #inner: Network;
  readonly #addresses: readonly Address[];
  readonly #handlers: PostedHandlers;
  readonly #listeners: DatagramHandler[] = [];

  /** `addresses` are those of the listening sockets, which are bound here first, in this order. */
  constructor(inner: Network, addresses: readonly Address[], handlers: PostedHandlers) {
    this.#inner = inner;
    this.#addresses = addresses;
    this.#handlers = handlers;
    this.clock = inner.clock;
    this.receiveBufferBytes = inner.receiveBufferBytes;
  }

  bind(options: BindOptions, handler: DatagramHandler): Socket {
    // Only a listening socket asks for the local address.
    if (!options.reportsLocal) return this.#inner.bind(options, handler);
    const listener = this.#listeners.push(handler) - 1;
    return new PostedSocket(this.#addresses[listener]!, {
      receiveBufferBytes: this.receiveBufferBytes,
      post: (bytes, to) => this.#handlers.post(listener, bytes, to),
    });
  }

  /** A datagram has come from the thread that has the socket. */
  deliver(listener: number, bytes: Uint8Array, from: Address): void {
    this.#handlers.taken();
    const handler = this.#listeners[listener]!;
    try {
      handler.receive(bytes, from, this.clock.nowMs());
    } catch (error) {
      handler.failed(error);
    }
  }
}

class PostedSocket implements Socket {
  readonly address: Address;
  readonly receiveBufferBytes: number;
  /** A message copies its bytes, so everything has left at once. */
  turn = 0;
  readonly #post: (bytes: Uint8Array, to: Address) => void;

  constructor(
    address: Address,
    { receiveBufferBytes, post }: {
      receiveBufferBytes: number;
      post: (bytes: Uint8Array, to: Address) => void;
    },
  ) {
    this.address = address;
    this.receiveBufferBytes = receiveBufferBytes;
    this.#post = post;
  }

  send(bytes: Uint8Array, to: Address): void {
    this.#post(bytes, to);
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) this.#post(blocks.packet(index), to);
  }

  flush(): boolean {
    this.turn++;
    return true;
  }

  close(freed?: () => void): void {
    // The other thread has the socket, and closes it.
    freed?.();
  }
}
