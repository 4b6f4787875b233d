/** A network that shows a tap every datagram that leaves or arrives. */

import type { Address, Blocks } from "../protocol/mod.ts";
import type { BindOptions, DatagramHandler, Network, Peer, Socket } from "../engine/network.ts";

/**
 * A datagram as one side saw it. The bytes are a view, valid during the call only.
 *
 * ```ts
 * import type { Datagram } from "@tftp/tftp";
 *
 * const arrow = ({ sent, bytes, peer }: Datagram) =>
 *   `${sent ? "to" : "from"} ${peer.hostname}: ${bytes.length} bytes`;
 * const local = { hostname: "10.0.0.1", port: 69 };
 * const peer = { hostname: "10.0.0.7", port: 2070 };
 * const line = arrow({ sent: false, bytes: new Uint8Array(4), local, peer });
 * if (line !== "from 10.0.0.7: 4 bytes") throw new Error(line);
 * ```
 */
export interface Datagram {
  /** Whether it left from here. */
  readonly sent: boolean;
  /** The whole datagram. */
  readonly bytes: Uint8Array;
  /** The socket here, as it is bound. */
  readonly local: Address;
  /** The address that it comes from or goes to. */
  readonly peer: Address;
}

/**
 * Called with every datagram, before it is passed on.
 *
 * ```ts
 * import { type Tap, TappedNetwork } from "@tftp/tftp";
 * import { MemoryNetwork } from "@tftp/tftp/testing";
 *
 * let bytesOut = 0;
 * const count: Tap = ({ sent, bytes }) => void (bytesOut += sent ? bytes.length : 0);
 * const handler = { receive() {}, unsendable() {}, failed() {}, broken() {} };
 * const socket = new TappedNetwork(new MemoryNetwork(), count)
 *   .bind({ hostname: "10.0.0.2", port: 2070 }, handler);
 * socket.send(new Uint8Array([0, 4, 0, 1]), { hostname: "10.0.0.1", port: 69 });
 * if (bytesOut !== 4) throw new Error(`${bytesOut} bytes`);
 * ```
 */
export type Tap = (datagram: Datagram) => void;

/**
 * A network whose sockets show to a tap what passes.
 *
 * ```ts
 * import { get, serve, TappedNetwork } from "@tftp/tftp";
 * import { describePacket, packetIn } from "@tftp/tftp/protocol";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "hello" });
 * const seen: string[] = [];
 * const network = new TappedNetwork(lan.machine("10.0.0.2"), ({ sent, bytes }) => {
 *   const packet = packetIn(bytes);
 *   if (packet) seen.push(`${sent ? "sent" : "got"} ${describePacket(packet)}`);
 * });
 * const { body, summary } = await get("motd", { host: "10.0.0.1", network, plain: true });
 * await body.cancel().catch(() => {});
 * await summary.catch(() => {});
 * if (!seen[0]!.startsWith("sent RRQ")) throw new Error(seen.join());
 * ```
 */
export class TappedNetwork implements Network {
  /** The clock of the inner network. */
  readonly clock: Network["clock"];
  /** The receive buffers of the inner network, in bytes. */
  readonly receiveBufferBytes: number;
  readonly #inner: Network;
  readonly #tap: Tap;

  /** `tap` is called with every datagram of every socket that is bound from now on. */
  constructor(inner: Network, tap: Tap) {
    this.#inner = inner;
    this.#tap = tap;
    this.clock = inner.clock;
    this.receiveBufferBytes = inner.receiveBufferBytes;
  }

  /** Binds a socket of the inner network. */
  bind(options: BindOptions, handler: DatagramHandler): Socket {
    const tap = this.#tap;
    const inner = this.#inner.bind(options, {
      receive(bytes, peer, nowMs) {
        tap({ sent: false, bytes, local: inner.address, peer });
        handler.receive(bytes, peer, nowMs);
      },
      unsendable: (error, to) => handler.unsendable(error, to),
      failed: (error) => handler.failed(error),
      broken: (error) => handler.broken(error),
    });
    return new TappedSocket(inner, tap);
  }
}

/** A socket that passes everything on to another one. */
export class WrappedSocket implements Socket {
  /** The address that the inner socket is bound to. */
  readonly address: Address;
  /** The receive buffer of the inner socket, in bytes. */
  readonly receiveBufferBytes: number;
  /** The socket that does the work. */
  protected readonly inner: Socket;

  /** Wraps a socket. */
  constructor(inner: Socket) {
    this.inner = inner;
    this.address = inner.address;
    this.receiveBufferBytes = inner.receiveBufferBytes;
  }

  /** The turn of the inner socket. */
  get turn(): number {
    return this.inner.turn;
  }

  /** Sends one datagram. */
  send(bytes: Uint8Array, to: Address): void {
    this.inner.send(bytes, to);
  }

  /** Sends blocks. */
  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    this.inner.sendBlocks(blocks, first, last, to);
  }

  /** Flushes the inner socket. */
  flush(): boolean {
    return this.inner.flush();
  }

  /** Calls back when the inner socket has sent everything. */
  whenSent(callback: () => void): void {
    this.inner.whenSent?.(callback);
  }

  /** Closes the inner socket. */
  close(freed?: () => void): void {
    this.inner.close(freed);
  }
}

class TappedSocket extends WrappedSocket {
  readonly #tap: Tap;

  constructor(inner: Socket, tap: Tap) {
    super(inner);
    this.#tap = tap;
  }

  override send(bytes: Uint8Array, to: Peer): void {
    this.#tap({ sent: true, bytes, local: this.address, peer: to });
    super.send(bytes, to);
  }

  override sendBlocks(blocks: Blocks, first: number, last: number, to: Peer): void {
    for (let index = first; index <= last; index++) {
      this.#tap({ sent: true, bytes: blocks.packet(index), local: this.address, peer: to });
    }
    super.sendBlocks(blocks, first, last, to);
  }
}
