/**
 * A bad network on purpose: sockets that lose, double, reorder and delay datagrams both ways, for
 * teaching, and for making a failure happen again from its seed.
 */

import type { Address } from "../protocol/mod.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { Fates, type FaultSpec } from "./fault_plan.ts";
import { type FaultKind, FaultyLane } from "./faulty_lane.ts";
import type { Datagram } from "./tapped_endpoint.ts";

/** Datagrams that may have arrived and not been received, as a socket's buffer would hold. */
const MAX_ARRIVED = 4096;

type Letter = readonly [bytes: Uint8Array, peer: Address];

export interface FaultyNetworkSettings {
  /** Hears what is done to which datagram. */
  told?(kind: FaultKind, datagram: Datagram): void;
  /** Calls back after a time, unless the returned function is called. @default {setTimeout} */
  later?(ms: number, callback: () => void): () => void;
}

/** The sockets of one run: the first one is the same network for the same seed, and so on. */
export class FaultyNetwork {
  readonly #spec: FaultSpec;
  readonly #settings: FaultyNetworkSettings;
  #sockets = 0;

  /** A network that is as bad as the specification says. */
  constructor(spec: FaultSpec, settings: FaultyNetworkSettings = {}) {
    this.#spec = spec;
    this.#settings = settings;
  }

  /** Puts the faults between a socket and its user. */
  wrap(endpoint: Endpoint): Endpoint {
    return new FaultyEndpoint(endpoint, (sent, out) =>
      new FaultyLane<Letter>({
        delayMs: this.#spec.delayMs,
        fate: this.#fates(sent),
        later: this.#settings.later ?? afterTimeout,
        out,
        told: (kind, [bytes, peer]) =>
          this.#settings.told?.(kind, { sent, bytes, local: endpoint.address, peer }),
      }));
  }

  #fates(sent: boolean) {
    const fates = new Fates(this.#spec, 2 * this.#sockets + (sent ? 0 : 1));
    if (!sent) this.#sockets++;
    return () => fates.next();
  }
}

type MakeLane = (
  sent: boolean,
  out: (letter: Letter) => Promise<unknown> | void,
) => FaultyLane<Letter>;

class FaultyEndpoint implements Endpoint {
  readonly address: Address;
  readonly #inner: Endpoint;
  readonly #leaving: FaultyLane<Letter>;
  readonly #arriving: FaultyLane<Letter>;
  readonly #arrived: Letter[] = [];
  #receiving: PromiseWithResolvers<[Uint8Array, Address]> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #pumping = false;
  #closed = false;

  constructor(inner: Endpoint, lane: MakeLane) {
    this.#inner = inner;
    this.address = inner.address;
    this.#leaving = lane(true, ([bytes, to]) => inner.send(bytes, to));
    this.#arriving = lane(false, (letter) => this.#arrive(letter));
  }

  receive(): Promise<[Uint8Array, Address]> {
    if (!this.#pumping) void this.#pump();
    const letter = this.#arrived.shift();
    if (letter) return Promise.resolve([letter[0], letter[1]]);
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    this.#receiving = Promise.withResolvers();
    return this.#receiving.promise;
  }

  send(bytes: Uint8Array, to: Address): Promise<unknown> {
    // A copy, since the caller may reuse the bytes before a delayed datagram leaves.
    return this.#leaving.put([bytes.slice(), to]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arriving.drain();
    // What was sent before the end was sent: a last ACK or an ERROR still leaves.
    const letters = this.#leaving.drain();
    const sent = letters.map(([bytes, to]) => this.#inner.send(bytes, to));
    Promise.allSettled(sent).then(() => this.#inner.close());
  }

  /** The one receive loop; it ends with the socket, or waits to be asked again after a failure. */
  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      for (;;) {
        const [bytes, from] = await this.#inner.receive();
        await this.#arriving.put([bytes.slice(), from]);
      }
    } catch (error) {
      this.#pumping = false;
      if (this.#receiving) this.#receiving.reject(error);
      else this.#failure = { error };
      this.#receiving = undefined;
    }
  }

  #arrive([bytes, from]: Letter): void {
    if (this.#receiving) this.#receiving.resolve([bytes, from]);
    else if (this.#arrived.length < MAX_ARRIVED) this.#arrived.push([bytes, from]);
    this.#receiving = undefined;
  }
}

function afterTimeout(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
