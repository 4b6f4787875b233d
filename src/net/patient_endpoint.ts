/** A socket for a network that is not there yet: what can't be sent is lost, and asked again. */

import type { Address } from "../protocol/mod.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * While a cable is unplugged or a device reboots, the system itself refuses to send. Who waits for
 * the device takes that for a datagram lost. A permission that is missing stays an error.
 */
export class PatientEndpoint implements Endpoint {
  readonly address: Address;
  readonly #inner: Endpoint;

  constructor(inner: Endpoint) {
    this.#inner = inner;
    this.address = inner.address;
  }

  receive(): Promise<[Uint8Array, Address]> {
    return this.#inner.receive();
  }

  async send(bytes: Uint8Array, to: Address): Promise<void> {
    try {
      await this.#inner.send(bytes, to);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }

  close(): void {
    this.#inner.close();
  }
}
