/**
 * A simulated bad network: sockets that lose, duplicate, reorder and delay datagrams both ways, for
 * teaching, and to reproduce a failure from its seed.
 */

import type { Address, Blocks } from "../protocol/mod.ts";
import type { BindOptions, DatagramHandler, Network, Peer, Socket } from "../engine/network.ts";
import { Fates, type FaultSpec } from "./fault_plan.ts";
import { type FaultKind, FaultyLane } from "./faulty_lane.ts";
import { type Datagram, WrappedSocket } from "./tapped_network.ts";

type Letter = readonly [bytes: Uint8Array, peer: Peer];

export interface FaultyNetworkSettings {
  /** Called with what is done to which datagram. */
  told?(kind: FaultKind, datagram: Datagram): void;
}

/**
 * The sockets of one run: the first one is the same network for the same seed, and so on.
 *
 * ```ts
 * import { FaultyNetwork, get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({
 *   network: lan.machine("10.0.0.1"),
 *   handler: () => new Uint8Array(100_000),
 * });
 * const faults = new FaultyNetwork({ loss: 0.02, dup: 0.01, reorder: 0.01, delayMs: 0, seed: 7 });
 * const network = faults.wrap(lan.machine("10.0.0.2"));
 * const { body, summary } = await get("file", { host: "10.0.0.1", network });
 * // It is whole all the same.
 * if ((await new Response(body).bytes()).length !== 100_000) throw new Error("too short");
 * await (await summary).dallied;
 * ```
 */
export class FaultyNetwork {
  readonly #spec: FaultSpec;
  readonly #settings: FaultyNetworkSettings;
  #sockets = 0;

  /** A network that is as bad as the specification says. */
  constructor(spec: FaultSpec, settings: FaultyNetworkSettings = {}) {
    this.#spec = spec;
    this.#settings = settings;
  }

  /** Puts the faults between the sockets of a network and their users. */
  wrap(network: Network): Network {
    const { clock, receiveBufferBytes } = network;
    return {
      clock,
      receiveBufferBytes,
      bind: (options, handler) => this.#bind(network, options, handler),
    };
  }

  #bind(network: Network, options: BindOptions, handler: DatagramHandler): Socket {
    const socket = this.#sockets++;
    const { clock } = network;
    const lane = (sent: boolean, out: (letter: Letter) => void) => {
      const fates = new Fates(this.#spec, 2 * socket + (sent ? 0 : 1));
      return new FaultyLane<Letter>({
        delayMs: this.#spec.delayMs,
        fate: () => fates.next(),
        later: (ms, callback) => clock.after(ms, callback),
        out,
        told: (kind, [bytes, peer]) =>
          this.#settings.told?.(kind, { sent, bytes, local: inner.address, peer }),
      });
    };
    const arriving = lane(
      false,
      ([bytes, from]) => handler.receive(bytes, from, clock.nowMs()),
    );
    const inner = network.bind(options, {
      // A copy, since it may be delayed.
      receive: (bytes, from) => arriving.put([bytes.slice(), from]),
      unsendable: (error, to) => handler.unsendable(error, to),
      failed: (error) => handler.failed(error),
      broken: (error) => handler.broken(error),
    });
    const leaving = lane(true, ([bytes, to]) => inner.send(bytes, to));
    return new FaultySocket(inner, { leaving, arriving });
  }
}

interface Lanes {
  readonly leaving: FaultyLane<Letter>;
  readonly arriving: FaultyLane<Letter>;
}

class FaultySocket extends WrappedSocket {
  readonly #lanes: Lanes;
  #closed = false;

  constructor(inner: Socket, lanes: Lanes) {
    super(inner);
    this.#lanes = lanes;
  }

  override send(bytes: Uint8Array, to: Address): void {
    // A copy, since the caller may reuse the bytes before a delayed datagram leaves.
    this.#lanes.leaving.put([bytes.slice(), to]);
  }

  override sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) this.send(blocks.packet(index), to);
  }

  override close(freed?: () => void): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#lanes.arriving.drain();
      // What was sent before the end still leaves: a last ACK or an ERROR.
      for (const [bytes, to] of this.#lanes.leaving.drain()) this.inner.send(bytes, to);
    }
    super.close(freed);
  }
}
