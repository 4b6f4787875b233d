/** A socket with somebody listening in: every datagram that leaves or arrives is shown to a tap. */

import type { Address } from "../protocol/mod.ts";
import type { Endpoint } from "./endpoint.ts";

/** A datagram as one side of it saw it. The bytes are a view, valid during the call only. */
export interface Datagram {
  /** Whether it left from here. */
  readonly sent: boolean;
  readonly bytes: Uint8Array;
  /** The socket here, as it is bound. */
  readonly local: Address;
  readonly peer: Address;
}

/** Hears of every datagram, before it is handed on. */
export type Tap = (datagram: Datagram) => void;

export class TappedEndpoint implements Endpoint {
  readonly address: Address;
  readonly #inner: Endpoint;
  readonly #tap: Tap;

  constructor(inner: Endpoint, tap: Tap) {
    this.#inner = inner;
    this.#tap = tap;
    this.address = inner.address;
  }

  async receive(): Promise<[Uint8Array, Address]> {
    const received = await this.#inner.receive();
    const [bytes, peer] = received;
    this.#tap({ sent: false, bytes, local: this.address, peer });
    return received;
  }

  send(bytes: Uint8Array, to: Address): Promise<unknown> {
    this.#tap({ sent: true, bytes, local: this.address, peer: to });
    return this.#inner.send(bytes, to);
  }

  close(): void {
    this.#inner.close();
  }
}
