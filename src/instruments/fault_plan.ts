/**
 * What a simulated bad network does to datagrams, drawn from a seed. Every datagram of one socket
 * and direction draws the same number of random numbers in turn. So its fate depends only on the
 * seed and its position: not on time, on the other direction, or on the other faults. Pure.
 */

/**
 * How bad the network is. Probabilities are fractions of 1, for each direction.
 *
 * ```ts
 * import { type FaultSpec, FaultyNetwork } from "@tftp/tftp";
 * import { MemoryNetwork, MemorySocket } from "@tftp/tftp/testing";
 *
 * const nothingArrives: FaultSpec = { loss: 1, dup: 0, reorder: 0, delayMs: 0, seed: 1 };
 * const inner = new MemoryNetwork();
 * const handler = { receive() {}, unsendable() {}, failed() {}, broken() {} };
 * const options = { hostname: "10.0.0.2", port: 2070 };
 * const socket = new FaultyNetwork(nothingArrives).wrap(inner).bind(options, handler);
 * socket.send(new Uint8Array([0, 4, 0, 1]), { hostname: "10.0.0.1", port: 69 });
 * if (inner.sockets[0]!.sent.length > 0) throw new Error("the ACK was to be lost");
 * ```
 */
export interface FaultSpec {
  /** Datagrams that never arrive. */
  readonly loss: number;
  /** Datagrams that arrive twice. */
  readonly dup: number;
  /** Datagrams that the next one overtakes. */
  readonly reorder: number;
  /** Added to every datagram, each way. */
  readonly delayMs: number;
  /** Draws the same faults again. */
  readonly seed: number;
}

/** What happens to one datagram. */
export interface Fate {
  readonly lost: boolean;
  readonly twice: boolean;
  /** The next datagram overtakes it. */
  readonly late: boolean;
}

/** The faults of one direction of one socket. */
export class Fates {
  readonly #spec: FaultSpec;
  readonly #random: () => number;

  /** `stream` identifies the socket and direction, so that each has faults of its own. */
  constructor(spec: FaultSpec, stream: number) {
    this.#spec = spec;
    this.#random = randomNumbers(spec.seed ^ Math.imul(stream + 1, 0x9e3779b1));
  }

  next(): Fate {
    const [loss, dup, reorder] = [this.#random(), this.#random(), this.#random()];
    const lost = loss < this.#spec.loss;
    return {
      lost,
      twice: !lost && dup < this.#spec.dup,
      late: !lost && reorder < this.#spec.reorder,
    };
  }
}

/** Pseudo-random numbers from 0 up to 1, from a 32-bit seed: a counter, scrambled. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
