/**
 * An endpoint whose socket is in another thread: sockets can't be handed to a worker, so datagrams
 * come and go as messages.
 */

import type { Address } from "../protocol/mod.ts";
import type { Endpoint } from "./endpoint.ts";

type Received = [bytes: Uint8Array, from: Address];

export interface PostedEndpointHandlers {
  /** Hands a datagram to the thread that has the socket; the bytes are free again afterwards. */
  post(bytes: Uint8Array, to: Address): void;
  /** Hears of each datagram that was received here. */
  taken(): void;
}

export class PostedEndpoint implements Endpoint {
  readonly address: Address;
  readonly #handlers: PostedEndpointHandlers;
  /** What was delivered before it was asked for; whoever delivers sees to a bound. */
  readonly #waiting: Received[] = [];
  #receiver: PromiseWithResolvers<Received> | undefined;

  /** `address` is that of the socket. */
  constructor(address: Address, handlers: PostedEndpointHandlers) {
    this.address = address;
    this.#handlers = handlers;
  }

  /** A datagram has come from the thread that has the socket. */
  deliver(bytes: Uint8Array, from: Address): void {
    this.#waiting.push([bytes, from]);
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver) receiver.resolve(this.#take());
  }

  receive(): Promise<Received> {
    if (this.#waiting.length > 0) return Promise.resolve(this.#take());
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  send(bytes: Uint8Array, to: Address): Promise<void> {
    this.#handlers.post(bytes, to);
    return Promise.resolve();
  }

  close(): void {
    this.#receiver?.reject(new Error("the endpoint is closed"));
    this.#receiver = undefined;
  }

  #take(): Received {
    this.#handlers.taken();
    return this.#waiting.shift()!;
  }
}
