/** A network in memory that runs by itself: servers and clients of one process, without sockets. */

import { type Address, DEFAULT_RECEIVE_BUFFER_BYTES } from "../protocol/mod.ts";
import type { Clock } from "../engine/clock.ts";
import { NetworkError } from "../engine/errors.ts";
import type { BindOptions, Blocks, DatagramHandler, Network, Socket } from "../engine/network.ts";
import { callAfter } from "../net/deno/call_after.ts";
import { SystemClock } from "../net/deno/system_clock.ts";

/** The first port for sockets that ask for any. */
const FIRST_PORT = 49_152;

/** Datagrams delivered before timers and others have their turn. */
const BATCH = 64;

/** The most datagrams under way; further ones are lost, as in a full queue. */
const MAX_UNDER_WAY = 10_000;

/**
 * A local network without a network card. Each machine of it is a `Network`, for `serve`, `get` and
 * `put`; datagrams between them keep their order, and none is lost unless a `FaultyNetwork` is put
 * around one. It needs no permission, and time is the real one.
 *
 * ```ts
 * import { get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "welcome\n" });
 * if (server.addresses[0]!.port !== 69) throw new Error("any port can be had here");
 *
 * const { body } = await get("motd", { network: lan.machine("10.0.0.2"), host: "10.0.0.1" });
 * if (await new Response(body).text() !== "welcome\n") throw new Error("it is another file");
 * ```
 */
export class MemoryLan {
  readonly #sockets = new Map<string, LanSocket>();
  readonly #underWay: { bytes: Uint8Array; from: Address; to: Address }[] = [];
  #isMoving = false;

  /** The machine of an address, such as `10.0.0.1`. */
  machine(hostname: string): Network {
    return new Machine(hostname, {
      has: (address) => this.#sockets.has(keyOf(address)),
      add: (socket) => void this.#sockets.set(keyOf(socket.address), socket),
      remove: ({ address }) => void this.#sockets.delete(keyOf(address)),
      carry: (bytes, from, to) => this.#carry(bytes, from, to),
    });
  }

  #carry(bytes: Uint8Array, from: Address, to: Address): void {
    if (this.#underWay.length >= MAX_UNDER_WAY) return;
    this.#underWay.push({ bytes: bytes.slice(), from, to });
    if (this.#isMoving) return;
    this.#isMoving = true;
    queueMicrotask(() => this.#move());
  }

  #move(): void {
    for (let moved = 0; moved < BATCH; moved++) {
      const datagram = this.#underWay.shift();
      if (!datagram) {
        this.#isMoving = false;
        return;
      }
      const { bytes, from, to } = datagram;
      // Nobody listens there, and nobody says so: as behind a firewall.
      this.#sockets.get(keyOf(to))?.arrive(bytes, from);
    }
    callAfter(0, () => this.#move());
  }
}

interface Lan {
  has(address: Address): boolean;
  add(socket: LanSocket): void;
  remove(socket: LanSocket): void;
  carry(bytes: Uint8Array, from: Address, to: Address): void;
}

class Machine implements Network {
  readonly clock: Clock = new SystemClock();
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  readonly #hostname: string;
  readonly #lan: Lan;
  #nextPort = FIRST_PORT;

  constructor(hostname: string, lan: Lan) {
    this.#hostname = hostname;
    this.#lan = lan;
  }

  bind({ port }: BindOptions, handler: DatagramHandler): Socket {
    const address = { hostname: this.#hostname, port };
    while (port === 0 && (address.port === 0 || this.#lan.has(address))) {
      address.port = this.#nextPort++;
    }
    if (address.port > 65_535 || this.#lan.has(address)) {
      throw new NetworkError(`Cannot bind ${address.hostname}:${address.port}: it is taken`);
    }
    const socket = new LanSocket(address, handler, { lan: this.#lan, clock: this.clock });
    this.#lan.add(socket);
    return socket;
  }
}

class LanSocket implements Socket {
  readonly address: Address;
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  turn = 0;
  readonly #handler: DatagramHandler;
  readonly #lan: Lan;
  readonly #clock: Clock;
  #isClosed = false;

  constructor(address: Address, handler: DatagramHandler, { lan, clock }: {
    readonly lan: Lan;
    readonly clock: Clock;
  }) {
    this.address = address;
    this.#handler = handler;
    this.#lan = lan;
    this.#clock = clock;
  }

  send(bytes: Uint8Array, to: Address): void {
    if (!this.#isClosed) this.#lan.carry(bytes, this.address, to);
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) this.send(blocks.packet(index), to);
  }

  flush(): boolean {
    this.turn++;
    return true;
  }

  close(freed?: () => void): void {
    if (!this.#isClosed) this.#lan.remove(this);
    this.#isClosed = true;
    freed?.();
  }

  arrive(bytes: Uint8Array, from: Address): void {
    try {
      this.#handler.receive(bytes, { ...from }, this.#clock.nowMs());
    } catch (error) {
      this.#handler.failed(error);
    }
  }
}

function keyOf({ hostname, port }: Address): string {
  return `${hostname} ${port}`;
}
