/**
 * The interface of the network. A turn is synchronous: datagrams come in, machines are called, what
 * they send is queued, and the network sends it. Nothing here waits. `net/deno/` and `net/native/`
 * implement it with sockets, the simulation in memory.
 */

import type { Address, Blocks } from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";

export type { Blocks, MappedBytes } from "../protocol/mod.ts";

/**
 * The sender of a datagram, and what the system says about how it came. Routes compare `hostname`
 * and `port` only. An answer passes this very object to `send`, so that it leaves from the address
 * that the client asked.
 *
 * ```ts
 * import type { Peer } from "@tftp/tftp";
 *
 * // A server of one's own leaves what was sent to everybody to others.
 * const isForUs = ({ broadcast = false }: Peer) => !broadcast;
 * const peer: Peer = { hostname: "10.0.0.7", port: 2070, broadcast: true };
 * if (isForUs(peer)) throw new Error("it was sent to everybody");
 * ```
 */
export interface Peer extends Address {
  /** Whether it was sent to a broadcast or multicast address; absent where that is unknown. */
  readonly broadcast?: boolean;
}

/**
 * Receives the events of a socket.
 *
 * ```ts
 * import { type DatagramHandler, DenoNetwork } from "@tftp/tftp";
 *
 * const { promise, resolve } = Promise.withResolvers<number>();
 * const handler: DatagramHandler = {
 *   receive: (bytes) => resolve(bytes.length),
 *   unsendable: (error) => console.warn(error.message),
 *   failed: (error) => console.error(error),
 *   broken: (error) => console.error(error),
 * };
 * const socket = new DenoNetwork().bind({ hostname: "127.0.0.1", port: 0 }, handler);
 * socket.send(new Uint8Array(4), socket.address);
 * socket.flush();
 * if (await promise !== 4) throw new Error("another datagram");
 * socket.close();
 * ```
 */
export interface DatagramHandler {
  /** A datagram has arrived. The bytes are valid during the call only. */
  receive(bytes: Uint8Array, from: Peer, nowMs: number): void;
  /** A datagram could not be sent, or ICMP says that nobody receives it. Either way it is lost. */
  unsendable(error: Error, to: Address): void;
  /** This handler has thrown, or a receive has failed; the socket goes on. */
  failed(error: unknown): void;
  /** The socket has failed again and again, and is closed. */
  broken(error: unknown): void;
}

/**
 * One bound UDP socket.
 *
 * ```ts
 * import { DenoNetwork, type Socket } from "@tftp/tftp";
 *
 * const handler = { receive() {}, unsendable() {}, failed() {}, broken() {} };
 * const socket: Socket = new DenoNetwork().bind({ hostname: "127.0.0.1", port: 0 }, handler);
 * const { port } = socket.address;
 * socket.close();
 * if (port === 0) throw new Error("the system has chosen one");
 * ```
 */
export interface Socket {
  /** The address that it is bound to. */
  readonly address: Address;
  /**
   * Increases when everything queued so far has left. What was queued in a turn that is still the
   * current one may not have left yet.
   */
  readonly turn: number;
  /**
   * Size of the receive buffer as the system counts it (payload and its own overhead), which bounds
   * the windows of uploads.
   */
  readonly receiveBufferBytes: number;
  /** Whether it can send blocks that are mapped (`Blocks.mapped`). @default {false} */
  readonly takesAddresses?: boolean;
  /** Queues one datagram. The bytes must not change before the turn is over. */
  send(bytes: Uint8Array, to: Address): void;
  /** Queues blocks `first` to `last`. They must not change before the turn is over. */
  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void;
  /** Sends now what is queued; false where that takes longer than this call. */
  flush(): boolean;
  /**
   * Calls back once, when everything queued has left: there is time for what can be done before an
   * answer arrives. A socket without this function gives no such time.
   */
  whenSent?(callback: () => void): void;
  /**
   * Closes it once everything queued has left, and calls `freed` when its port is free again, which
   * may be at once. May be called again.
   */
  close(freed?: () => void): void;
}

/**
 * Where a socket is bound.
 *
 * ```ts
 * import type { BindOptions } from "@tftp/tftp";
 * import { MemoryNetwork } from "@tftp/tftp/testing";
 *
 * const options: BindOptions = { hostname: "10.0.0.1", port: 69 };
 * const handler = { receive() {}, unsendable() {}, failed() {}, broken() {} };
 * const { address } = new MemoryNetwork().bind(options, handler);
 * if (address.port !== 69) throw new Error(`${address.port}`);
 * ```
 */
export interface BindOptions {
  /** An address of this machine; "::" takes IPv4 too, where the system has both. */
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Whether several threads share the port; each client's datagrams reach one of them. */
  readonly shared?: { readonly index: number; readonly count: number };
  /** Whether `Peer.broadcast` and the local address are needed. @default {false} */
  readonly reportsLocal?: boolean;
  /** Use this network interface only. */
  readonly interfaceName?: string;
  /** Whether "::" leaves the IPv4 port free; sockets of Deno can't. @default {false} */
  readonly ipv6Only?: boolean;
}

/**
 * Sockets and their clock.
 *
 * ```ts
 * import { get, type Network, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * // The same network, that tells which sockets are bound.
 * const told = (network: Network, bound: (port: number) => void): Network => ({
 *   ...{ clock: network.clock, receiveBufferBytes: network.receiveBufferBytes },
 *   bind(options, handler) {
 *     bound(options.port);
 *     return network.bind(options, handler);
 *   },
 * });
 * const ports: number[] = [];
 * const network = told(new MemoryLan().machine("10.0.0.1"), (port) => ports.push(port));
 * await using server = serve({ network, handler: () => "welcome\n" });
 * if (!ports.includes(69)) throw new Error(ports.join());
 * ```
 */
export interface Network {
  /** The clock of this network. */
  readonly clock: Clock;
  /** The receive buffer that its sockets get, in bytes. */
  readonly receiveBufferBytes: number;
  /** Binds a socket. Throws `NetworkError` when the address can't be bound. */
  bind(options: BindOptions, handler: DatagramHandler): Socket;
}
