/**
 * What the engine needs of a network. A turn is synchronous: datagrams come in, machines are told,
 * what they want sent is handed over, and the network sees to it that it leaves. Nothing here
 * waits. Two sets of sockets implement this, `net/deno/` and `net/native/`; the simulation is a
 * third.
 */

import type { Address, Blocks } from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";

export type { Blocks } from "../protocol/mod.ts";

/**
 * Where a datagram came from, and what the system tells of the way it took. Routes look at
 * `hostname` and `port` only; whoever answers hands this very object back to `send`, so that the
 * answer leaves from the address that was asked.
 */
export interface Peer extends Address {
  /** Whether it was sent to a broadcast or multicast address; absent where nobody can tell. */
  readonly broadcast?: boolean;
}

/** Takes what happens at a socket. */
export interface DatagramHandler {
  /** A datagram has come. The bytes are valid during the call only. */
  receive(bytes: Uint8Array, from: Peer, nowMs: number): void;
  /**
   * A datagram could not be sent, or the peer's machine has answered that nobody is there (ICMP).
   * Either way it is lost.
   */
  unsendable(error: Error, to: Address): void;
  /** A datagram made the handler itself fail, or a receive failed; the socket goes on. */
  failed(error: unknown): void;
  /** The socket does nothing but fail, and is closed. */
  broken(error: unknown): void;
}

/** One bound UDP socket. */
export interface Socket {
  /** The address that it is bound to. */
  readonly address: Address;
  /**
   * Counts up whenever all that was handed over has left. What was handed over in a turn that is
   * still the present one may not have left yet.
   */
  readonly turn: number;
  /**
   * Bytes of the receive buffer, as the system counts them (payload and its own overhead); what
   * windows of uploads may fill.
   */
  readonly receiveBufferBytes: number;
  /** Hands over one datagram. The bytes must not change before the turn is over. */
  send(bytes: Uint8Array, to: Address): void;
  /** Hands over blocks `first` to `last`. They must not change before the turn is over. */
  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void;
  /** Makes what was handed over leave now; false where that takes longer than this call. */
  flush(): boolean;
  /** Closes it, after what was handed over has left; harmless when repeated. */
  close(): void;
}

/** Where a socket is bound. */
export interface BindOptions {
  /** An address of this machine; "::" takes IPv4 too, where the system has both. */
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Whether several threads share the port; each client's datagrams reach one of them. */
  readonly shared?: { readonly index: number; readonly count: number };
  /** Whether `Peer.broadcast` and the address that was asked are wanted. @default {false} */
  readonly tellsAsked?: boolean;
  /** Take and send datagrams by this network interface only. */
  readonly interfaceName?: string;
}

/** Sockets and the time that goes with them. */
export interface Network {
  /** Tells the time, and calls back when it has come. */
  readonly clock: Clock;
  /** The receive buffer that its sockets get, in bytes. */
  readonly receiveBufferBytes: number;
  /** Binds a socket. Throws `NetworkError` when the address can't be had. */
  bind(options: BindOptions, handler: DatagramHandler): Socket;
}
