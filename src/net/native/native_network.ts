/**
 * The network and the clock made of system calls of our own. One loop serves all sockets of a
 * thread: it receives what has come, lets everybody do what is due, and makes what they handed over
 * leave. While there is traffic it stands in the way of everything else in the program, for a
 * hundredth of a second at most; when there is none, it waits on another thread.
 */

import { type Clock, type Ticking, Tickings } from "../../engine/clock.ts";
import { NetworkError } from "../../engine/errors.ts";
import type { BindOptions, DatagramHandler, Network } from "../../engine/network.ts";
import { BatchPool } from "./batch_pool.ts";
import { EAGAIN, EINTR, errnoName, isFromIcmp } from "./errno.ts";
import { ErrorQueue } from "./error_queue.ts";
import type { Libc } from "./libc.ts";
import { NOT_ASKED } from "./native_peer.ts";
import { NativeSocket, type Shared } from "./native_socket.ts";
import { adoptSocket, grantedBufferBytes, type OpenSocket, openSocket } from "./open_socket.ts";
import { PeerTable } from "./peer_table.ts";
import { RECEIVE_BATCH, ReceiveBatch } from "./receive_batch.ts";
import { System } from "./system.ts";
import { Timers } from "./timers.ts";
import { Transmitter } from "./transmitter.ts";
import { Waiter, yieldToOthers } from "./waiter.ts";

/** After so long the rest of the program has its turn, whatever comes. */
const SLICE_MS = 10;
/** So long after a datagram the next one is waited for on this thread, which is the swifter way. */
const BUSY_MS = 5;
/** The longest sleep: whoever ends a thread without closing its sockets leaves it for so long. */
const MOST_SLEEP_MS = 10_000;
/** So many batches are received of one socket before the others have their turn. */
const ROUNDS = 2;
/** Failures of a socket in a row, before it counts as broken. */
const MAX_FAILURES = 100;

export class NativeNetwork implements Network, Clock {
  readonly clock: Clock = this;
  readonly #system: System;
  #bufferBytes: number | undefined;
  readonly #peers: PeerTable;
  readonly #received: ReceiveBatch;
  readonly #errors: ErrorQueue;
  readonly #batches: BatchPool;
  readonly #shared: Shared;
  readonly #timers = new Timers();
  readonly #tickings = new Tickings();
  /** By the number that the waiter tells; those that were closed leave theirs to the next. */
  readonly #sockets: (NativeSocket | undefined)[] = [];
  #open = 0;
  #waiter: Waiter | undefined;
  #running = false;
  /** Whether the loop waits to be released. */
  #held: boolean;
  #ended: Promise<void> = Promise.resolve();
  /** How many wait for what is neither a datagram nor a time. */
  #waiting = 0;
  #inSlice = false;
  /** Whether somebody may have been given something to go on with outside of this loop. */
  #mustYield = false;
  #lastTrafficMs = -Infinity;
  /** When the sleep ends that is under way. */
  #asleepUntilMs = -Infinity;

  /** With `held`, sockets can be bound, and nothing is received before {@linkcode release}. */
  constructor(libc: Libc, { held = false } = {}) {
    this.#held = held;
    this.#system = new System(libc);
    this.#peers = new PeerTable(this.#system);
    this.#received = new ReceiveBatch(this.#system);
    this.#errors = new ErrorQueue(this.#system, this.#peers);
    this.#batches = new BatchPool(this.#system, () => this.#flushSoon());
    this.#shared = {
      batches: this.#batches,
      peers: this.#peers,
      transmitter: new Transmitter(this.#system),
      soon: (callback) => void this.after(0, callback),
      closing: (socket) => this.#remove(socket),
    };
  }

  /** Settles when the loop has ended: nothing is open, and nobody waits for a time. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  get receiveBufferBytes(): number {
    return this.#bufferBytes ??= grantedBufferBytes(this.#system);
  }

  bind(options: BindOptions, handler: DatagramHandler): NativeSocket {
    return this.#add(openSocket(this.#system, options), handler);
  }

  /**
   * Takes over a UDP socket that whoever started this program has bound. Throws `NetworkError`
   * when the descriptor is none. The address in `options` counts for nothing.
   */
  adopt(fd: number, handler: DatagramHandler, options: BindOptions): NativeSocket {
    return this.#add(adoptSocket(this.#system, fd, options), handler);
  }

  nowMs(): number {
    return performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking, this.nowMs());
    this.#expect(this.#tickings.nextMs);
  }

  remove(ticking: Ticking): void {
    this.#tickings.remove(ticking);
    if (this.#isDone()) this.#waiter?.wake();
  }

  after(ms: number, callback: () => void): () => void {
    const nowMs = this.nowMs();
    const cancel = this.#timers.add(ms, callback, nowMs);
    this.#expect(nowMs + ms);
    return cancel;
  }

  waiting(change: 1 | -1): void {
    this.#waiting += change;
  }

  /** Begins the loop, which goes on by itself for as long as there is something to do. */
  start(): void {
    const waiter = this.#waiter ??= new Waiter(this.#system);
    if (this.#running || this.#held) return;
    this.#running = true;
    this.#ended = this.#run(waiter);
  }

  /** Lets the loop of a network that is held begin. */
  release(): void {
    this.#held = false;
    if (!this.#isDone()) this.start();
  }

  #add(open: OpenSocket, handler: DatagramHandler): NativeSocket {
    const socket = new NativeSocket(open, handler, this.#shared);
    this.start();
    const free = this.#sockets.indexOf(undefined);
    const id = free < 0 ? this.#sockets.length : free;
    this.#sockets[id] = socket;
    this.#open++;
    this.#waiter!.add(open.fd, id);
    return socket;
  }

  #remove(socket: NativeSocket): void {
    this.#waiter?.remove(socket.fd);
    this.#system.libc.close(socket.fd);
    this.#sockets[this.#sockets.indexOf(socket)] = undefined;
    this.#open--;
    // Whoever closes a socket has done with it, and may have something to go on with elsewhere.
    this.#mustYield = true;
    if (this.#isDone()) this.#waiter?.wake();
  }

  /** Somebody wants to be called at a time: the loop must be awake by then. */
  #expect(atMs: number): void {
    this.start();
    if (atMs < this.#asleepUntilMs) this.#waiter!.wake();
  }

  #isDone(): boolean {
    return this.#open === 0 && this.#timers.size === 0 && this.#tickings.size === 0;
  }

  /** The loop flushes at the end of a round; whoever sends outside of it has no such end. */
  #flushSoon(): void {
    if (!this.#inSlice) queueMicrotask(() => this.#batches.flush());
  }

  async #run(waiter: Waiter): Promise<void> {
    // Whoever binds the first socket has more to do before it can take a datagram.
    await Promise.resolve();
    while (!this.#isDone()) {
      this.#inSlice = true;
      const sleepMs = this.#slice(waiter);
      this.#inSlice = false;
      if (sleepMs <= 0) await yieldToOthers();
      else {
        this.#asleepUntilMs = this.nowMs() + sleepMs;
        await waiter.sleep(sleepMs);
        this.#asleepUntilMs = -Infinity;
      }
    }
    this.#waiter = undefined;
    this.#running = false;
    waiter.close();
  }

  /** Goes round until others must have their turn; answers how long it may sleep. */
  #slice(waiter: Waiter): number {
    let nowMs = this.nowMs();
    const endMs = nowMs + SLICE_MS;
    this.#mustYield = false;
    do {
      const ready = waiter.wait(this.#briefWaitMs(nowMs));
      nowMs = this.nowMs();
      if (ready > 0) {
        this.#lastTrafficMs = nowMs;
        this.#receiveAll(waiter, ready, nowMs);
      }
      this.#timers.run(nowMs);
      this.#batches.flush();
      this.#tickings.look(nowMs);
      this.#batches.flush();
      if (this.#isDone()) return 0;
      if (ready === 0 && (this.#waiting > 0 || nowMs - this.#lastTrafficMs >= BUSY_MS)) {
        return this.#mustYield ? 0 : Math.min(this.#untilDueMs(nowMs), MOST_SLEEP_MS);
      }
    } while (nowMs < endMs && this.#waiting === 0 && !this.#mustYield);
    return 0;
  }

  #briefWaitMs(nowMs: number): number {
    if (this.#waiting > 0 || nowMs - this.#lastTrafficMs >= BUSY_MS) return 0;
    return Math.min(this.#untilDueMs(nowMs), BUSY_MS);
  }

  /** Whole milliseconds until something is due; 0 where it is. */
  #untilDueMs(nowMs: number): number {
    const dueMs = Math.min(this.#timers.nextMs, this.#tickings.nextMs);
    return Math.max(0, Math.ceil(dueMs - nowMs));
  }

  #receiveAll(waiter: Waiter, ready: number, nowMs: number): void {
    for (let index = 0; index < ready; index++) {
      const id = waiter.id(index);
      const socket = id < 0 ? undefined : this.#sockets[id];
      if (socket === undefined) continue;
      if (waiter.hasError(index)) this.#readErrors(socket);
      if (!socket.closed) this.#receive(socket, nowMs);
    }
  }

  #readErrors(socket: NativeSocket): void {
    this.#errors.read(socket.fd, socket.six, (error, to) => {
      if (!socket.closed) socket.handler.unsendable(error, to);
    });
  }

  #receive(socket: NativeSocket, nowMs: number): void {
    for (let round = 0; round < ROUNDS; round++) {
      const count = this.#received.receive(socket.fd);
      if (count < 0) return this.#receiveFailed(socket, this.#system.errno());
      socket.failures = 0;
      for (let slot = 0; slot < count && !socket.closed; slot++) {
        this.#deliver(socket, slot, nowMs);
      }
      this.#batches.flush();
      if (count < RECEIVE_BATCH || socket.closed) return;
    }
  }

  #deliver(socket: NativeSocket, slot: number, nowMs: number): void {
    const received = this.#received;
    const asked = socket.tellsAsked ? received.asked(slot) : NOT_ASKED;
    const from = this.#peers.sender(socket.six, received.names, received.nameAt(slot), asked);
    try {
      socket.handler.receive(received.bytes(slot), from, nowMs);
    } catch (error) {
      socket.handler.failed(error);
    }
  }

  #receiveFailed(socket: NativeSocket, errno: number): void {
    if (errno === EAGAIN || errno === EINTR || isFromIcmp(errno)) return;
    const error = new NetworkError(`A receive has failed (${errnoName(errno)})`);
    if (++socket.failures < MAX_FAILURES) return socket.handler.failed(error);
    socket.close();
    socket.handler.broken(error);
  }
}
