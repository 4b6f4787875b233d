/** Reads a socket: received datagrams, and errors of sent ones. */

import { NetworkError } from "../../engine/errors.ts";
import { EAGAIN, EINTR, errnoName, isFromIcmp } from "./errno.ts";
import { ErrorQueue } from "./error_queue.ts";
import { NO_LOCAL_ADDRESS } from "./native_peer.ts";
import type { NativeSocket } from "./native_socket.ts";
import type { PeerTable } from "./peer_table.ts";
import { RECEIVE_BATCH, ReceiveBatch } from "./receive_batch.ts";
import type { System } from "./system.ts";

/** Batches received of one socket before the others have their turn. */
const ROUNDS = 2;
/**
 * Batches received of the only socket with traffic. In lockstep, the ACK has often arrived when the
 * send of its block returns; receiving it at once costs less than waiting for any socket.
 */
const ROUNDS_ALONE = 32;
/**
 * After a batch of one datagram that was answered, so many receives take one each, which is
 * cheaper: in lockstep there is never a second one. Then a batch shows whether that is still so.
 */
const SINGLE_RECEIVES = 15;
/** Failures in a row after which a socket counts as broken. */
const MAX_FAILURES = 100;

export interface SocketReaderSettings {
  readonly system: System;
  readonly peers: PeerTable;
  /** Notes the time, in milliseconds, as that of the batch that was just received; returns it. */
  timeBatch(): number;
  /** Whether this process and its peers may run on one core only. */
  readonly sharesCore: boolean;
  /** Sends the answers to a batch. */
  flush(): void;
}

export class SocketReader {
  readonly #settings: SocketReaderSettings;
  readonly #received: ReceiveBatch;
  readonly #errors: ErrorQueue;

  constructor(settings: SocketReaderSettings) {
    this.#settings = settings;
    this.#received = new ReceiveBatch(settings.system);
    this.#errors = new ErrorQueue(settings.system, settings.peers);
  }

  /** Reports errors of sent datagrams to the socket's handler. */
  readErrors(socket: NativeSocket): void {
    this.#errors.read(socket.fd, socket.six, (error, to) => {
      if (!socket.closed) socket.handler.unsendable(error, to);
    });
  }

  /**
   * Receives datagrams and calls the handler; `isAlone` says that no other socket has traffic and
   * no other code waits. Closes a socket that only fails.
   */
  receive(socket: NativeSocket, isAlone: boolean): void {
    // With one core for both, a peer that seems to be silent may only not have run yet.
    const waitsForPeer = isAlone && this.#settings.sharesCore;
    let mayYield = false;
    for (let round = 0; round < (isAlone ? ROUNDS_ALONE : ROUNDS); round++) {
      const single = isAlone && socket.singles > 0;
      const { fd } = socket;
      const count = single ? this.#received.receiveOne(fd) : this.#received.receive(fd);
      if (count < 0) {
        // The next rounds may find nothing; a lasting failure shows in the first.
        if (round === 0) this.#failed(socket, this.#settings.system.errno());
        if (!mayYield) return;
        this.#settings.system.libc.sched_yield();
        mayYield = false;
        continue;
      }
      mayYield = waitsForPeer;
      socket.failures = 0;
      const atMs = this.#settings.timeBatch();
      const { turn } = socket;
      for (let slot = 0; slot < count && !socket.closed; slot++) this.#deliver(socket, slot, atMs);
      this.#settings.flush();
      if (socket.closed) return;
      const answered = socket.turn !== turn;
      if (!answered || count > 1) socket.singles = 0;
      else socket.singles = single ? socket.singles - 1 : SINGLE_RECEIVES;
      if (count === RECEIVE_BATCH || isAlone && answered) continue;
      // Without an answer from here, the peer sends nothing more so soon. But where it shares the
      // only core, it was interrupted within a window, and goes on when it may.
      if (!waitsForPeer) return;
      this.#settings.system.libc.sched_yield();
      mayYield = false;
    }
  }

  #deliver(socket: NativeSocket, slot: number, nowMs: number): void {
    const received = this.#received;
    const local = socket.reportsLocal ? received.local(slot) : NO_LOCAL_ADDRESS;
    const { names } = received;
    const from = this.#settings.peers.sender(socket.six, names, received.nameAt(slot), local);
    try {
      socket.handler.receive(received.bytes(slot), from, nowMs);
    } catch (error) {
      socket.handler.failed(error);
    }
  }

  #failed(socket: NativeSocket, errno: number): void {
    if (errno === EAGAIN || errno === EINTR || isFromIcmp(errno)) return;
    const error = new NetworkError(`A receive has failed (${errnoName(errno)})`);
    if (++socket.failures < MAX_FAILURES) return socket.handler.failed(error);
    socket.close();
    socket.handler.broken(error);
  }
}
