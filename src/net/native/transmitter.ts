/** Sends batches, and continues after each message that the system refuses. */

import { NetworkError } from "../../engine/errors.ts";
import { formatAddress } from "../../engine/address.ts";
import {
  EAGAIN,
  EINTR,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENOBUFS,
  ENOMEM,
  EOPNOTSUPP,
  whyUnsent,
} from "./errno.ts";
import { MSG_DONTWAIT, POLLOUT, SIZEOF_MMSGHDR, SIZEOF_POLLFD } from "./layout.ts";
import type { NativePeer } from "./native_peer.ts";
import { MAX_SEGMENTS, type SendBatch } from "./send_batch.ts";
import { fixedMemory, type System } from "./system.ts";

/** How long a batch waits in total for room in the send buffer; then it is dropped. */
const SEND_WAIT_MS = 20;
/**
 * How often a message is tried: a call may fail because of an ICMP answer to an earlier datagram,
 * and then it has sent nothing.
 */
const SEND_TRIES = 3;

/** A datagram that was not sent. */
export interface Unsent {
  readonly error: NetworkError;
  readonly to: NativePeer;
}

export class Transmitter {
  readonly #system: System;
  readonly #singleWords = new Int32Array(fixedMemory(MAX_SEGMENTS * SIZEOF_MMSGHDR));
  readonly #singles = new Uint8Array(this.#singleWords.buffer);
  readonly #pollfd = new Int32Array(fixedMemory(SIZEOF_POLLFD));
  /** When waiting ends, counted from the first wait of this batch. */
  #waitUntilMs = 0;
  #unsent: Unsent[] | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  /** Sends a batch; returns what could not be sent, undefined where nothing was refused. */
  send(fd: number, batch: SendBatch): readonly Unsent[] | undefined {
    this.#unsent = undefined;
    this.#waitUntilMs = 0;
    let tries = 0;
    for (let at = 0; at < batch.count;) {
      const sent = this.#sendFrom(fd, batch.messages, at, batch.count);
      if (sent > 0) {
        at += sent;
        tries = 0;
        continue;
      }
      const errno = this.#system.errno();
      const segments = batch.segments(at);
      if (segments > 1 && refusesSegments(errno)) this.#sendSingly(fd, batch, at, errno);
      else if (this.#isWorthTrying(fd, errno, ++tries)) continue;
      else this.#drop(batch.peer(at), errno, segments);
      at++;
      tries = 0;
    }
    return this.#unsent;
  }

  /** Sends the segments of a message one by one, and from now on all to the same peer. */
  #sendSingly(fd: number, batch: SendBatch, index: number, refusal: number): void {
    const peer = batch.peer(index);
    const count = batch.segments(index);
    // A device without segments refuses all sizes; otherwise the size is the reason.
    const isSize = refusal === EINVAL || refusal === EMSGSIZE;
    peer.limitSegments(isSize ? batch.segmentBytes(index) - 1 : 0);
    batch.writeSingles(index, this.#singleWords);
    let tries = 0;
    for (let at = 0; at < count;) {
      const sent = this.#sendFrom(fd, this.#singles, at, count);
      if (sent > 0) {
        at += sent;
        tries = 0;
        continue;
      }
      const errno = this.#system.errno();
      if (this.#isWorthTrying(fd, errno, ++tries)) continue;
      this.#drop(peer, errno, 1);
      at++;
      tries = 0;
    }
  }

  #sendFrom(fd: number, messages: Uint8Array<ArrayBuffer>, at: number, end: number): number {
    const rest = at === 0 ? messages : messages.subarray(at * SIZEOF_MMSGHDR);
    const { libc } = this.#system;
    if (end - at > 1) return libc.sendmmsg(fd, rest, end - at, MSG_DONTWAIT);
    // For a single message this is the cheaper call.
    return libc.sendmsg(fd, rest, MSG_DONTWAIT) < 0 ? -1 : 1;
  }

  #isWorthTrying(fd: number, errno: number, tries: number): boolean {
    if (errno !== EAGAIN && errno !== ENOBUFS && errno !== ENOMEM) {
      return tries < SEND_TRIES || errno === EINTR;
    }
    const nowMs = performance.now();
    if (this.#waitUntilMs === 0) this.#waitUntilMs = nowMs + SEND_WAIT_MS;
    const leftMs = Math.ceil(this.#waitUntilMs - nowMs);
    if (leftMs <= 0) return false;
    // A full queue of an interface does not show in the socket: nothing says when it has room.
    const socketIsFull = errno === EAGAIN;
    this.#pollfd[0] = fd;
    this.#pollfd[1] = POLLOUT;
    this.#system.libc.poll(this.#pollfd, socketIsFull ? 1n : 0n, socketIsFull ? leftMs : 1);
    return true;
  }

  #drop(to: NativePeer, errno: number, datagrams: number): void {
    const what = datagrams === 1 ? "A datagram" : `${datagrams} datagrams`;
    const error = new NetworkError(
      `${what} to ${formatAddress(to)} can't be sent: ${whyUnsent(errno)}`,
    );
    (this.#unsent ??= []).push({ error, to });
  }
}

/**
 * Whether segments are refused, and not the datagram itself: by a device or path that can't split
 * them, or because each is larger than the interface takes without fragments.
 */
function refusesSegments(errno: number): boolean {
  return errno === EINVAL || errno === EIO || errno === EOPNOTSUPP || errno === EMSGSIZE;
}
