/** A socket with somebody listening in: every datagram that leaves or arrives is shown to a tap. */

import type { Address } from "../protocol/mod.ts";
import type { Endpoint } from "../net/endpoint.ts";

/** A datagram as one side of it saw it. The bytes are a view, valid during the call only. */
export interface Datagram {
  /** Whether it left from here. */
  readonly sent: boolean;
  /** The whole datagram. */
  readonly bytes: Uint8Array;
  /** The socket here, as it is bound. */
  readonly local: Address;
  /** Where it comes from or goes to. */
  readonly peer: Address;
}

/** Hears of every datagram, before it is handed on. */
export type Tap = (datagram: Datagram) => void;

/** A socket that shows what passes to a tap. */
export class TappedEndpoint implements Endpoint {
  /** The address that the inner socket is bound to. */
  readonly address: Address;
  readonly #inner: Endpoint;
  readonly #tap: Tap;

  /** `tap` hears of every datagram from now on. */
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

  /** Closes the inner socket. */
  close(): void {
    this.#inner.close();
  }
}
