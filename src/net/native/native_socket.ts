/** A UDP socket of the system: what is queued in a turn is sent with one call. */

import type { Blocks, DatagramHandler, Socket } from "../../engine/network.ts";
import { NetworkError } from "../../engine/errors.ts";
import type { Address } from "../../protocol/mod.ts";
import type { BatchPool } from "./batch_pool.ts";
import { EAFNOSUPPORT, whyUnsent } from "./errno.ts";
import { type NativePeer, whyNoPeer } from "./native_peer.ts";
import type { OpenSocket } from "./open_socket.ts";
import type { PeerTable } from "./peer_table.ts";
import { MAX_MESSAGE_BYTES, MAX_SEGMENTS, type SendBatch, type SocketKind } from "./send_batch.ts";
import type { Transmitter } from "./transmitter.ts";

const HEADER_BYTES = 4;

/** What sockets of one network have in common. */
export interface Shared {
  readonly batches: BatchPool;
  readonly peers: PeerTable;
  readonly transmitter: Transmitter;
  /** Calls back when the current send is over and nothing has arrived. */
  soon(callback: () => void): void;
  /** A socket is about to be closed. */
  closing(socket: NativeSocket): void;
}

export class NativeSocket implements Socket {
  readonly address: Address;
  readonly receiveBufferBytes: number;
  readonly fd: number;
  /** Whether it has IPv6 addresses. */
  readonly six: boolean;
  /** Whether it reports the local address of each datagram. */
  readonly reportsLocal: boolean;
  readonly takesAddresses = true;
  readonly handler: DatagramHandler;
  /** Receives that failed in a row. */
  failures = 0;
  /** How many of the next receives take a single datagram. */
  singles = 0;
  #turn = 0;
  #closed = false;
  /** What is queued and not sent. */
  #batch: SendBatch | undefined;
  readonly #takesSegments: boolean;
  readonly #kind: SocketKind;
  readonly #shared: Shared;

  constructor(open: OpenSocket, handler: DatagramHandler, shared: Shared) {
    this.fd = open.fd;
    this.address = open.address;
    this.six = open.six;
    this.reportsLocal = open.reportsLocal;
    this.receiveBufferBytes = open.receiveBufferBytes;
    this.#kind = { six: open.six, setsSource: open.isWildcard };
    this.#takesSegments = open.takesSegments;
    this.handler = handler;
    this.#shared = shared;
  }

  get turn(): number {
    return this.#turn;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(bytes: Uint8Array, to: Address): void {
    const peer = this.#peer(to);
    if (peer !== undefined) this.#room().addDatagram(bytes, peer);
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    const peer = this.#peer(to);
    if (peer === undefined) return;
    const datagramBytes = HEADER_BYTES + blocks.blksize;
    const most = this.#takesSegments && datagramBytes <= peer.segmentLimit
      ? Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_MESSAGE_BYTES / datagramBytes)))
      : 1;
    for (let begin = first; begin <= last;) {
      const count = Math.min(last - begin + 1, most, blocks.inOnePiece(begin));
      this.#room().addBlocks(blocks, begin, count, peer);
      begin += count;
    }
  }

  whenSent(callback: () => void): void {
    this.#shared.soon(callback);
  }

  flush(): boolean {
    const batch = this.#batch;
    if (batch === undefined) return true;
    this.#transmit(batch);
    this.#batch = undefined;
    this.#shared.batches.giveBack(this);
    this.#turn++;
    return true;
  }

  close(freed?: () => void): void {
    if (!this.#closed) {
      this.flush();
      this.#closed = true;
      this.#shared.closing(this);
    }
    freed?.();
  }

  /** A batch that has room for a message of any size. */
  #room(): SendBatch {
    let batch = this.#batch;
    if (batch === undefined) {
      batch = this.#batch = this.#shared.batches.take(this);
      batch.begin(this.#kind);
    } else if (!batch.hasRoom()) this.#transmit(batch);
    return batch;
  }

  /** Sends what a batch holds; the turn goes on, since more may follow. */
  #transmit(batch: SendBatch): void {
    const unsent = this.#shared.transmitter.send(this.fd, batch);
    batch.clear();
    if (unsent === undefined) return;
    // A sender must not be called back in the middle of its send.
    this.#shared.soon(() => {
      for (const { error, to } of unsent) this.#report(error, to);
    });
  }

  /** The peer; undefined where nothing can be sent there, which is reported. */
  #peer(to: Address): NativePeer | undefined {
    if (this.#closed) return undefined;
    const peer = this.#shared.peers.of(to);
    if (peer !== undefined && (this.six || peer.isIpv4)) return peer;
    const why = peer === undefined ? whyNoPeer(to.hostname) : whyUnsent(EAFNOSUPPORT);
    const error = new NetworkError(`Nothing can be sent to "${to.hostname}": ${why}`);
    this.#shared.soon(() => this.#report(error, to));
    return undefined;
  }

  #report(error: Error, to: Address): void {
    if (!this.#closed) this.handler.unsendable(error, to);
  }
}
