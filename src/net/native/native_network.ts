/**
 * The network and the clock made of system calls. One loop serves all sockets of a thread: it
 * receives what has arrived, calls everything that is due, and sends what was queued. While there
 * is traffic, it blocks the rest of the program for at most 10 ms at a time; when there is none, it
 * waits on another thread.
 */

import { type Clock, type Ticking, Tickings } from "../../engine/clock.ts";
import type { BindOptions, DatagramHandler, Network } from "../../engine/network.ts";
import { BatchPool } from "./batch_pool.ts";
import { BusyPoll, POLL_MS } from "./busy_poll.ts";
import type { Libc } from "./libc.ts";
import { NativeSocket, type Shared } from "./native_socket.ts";
import { adoptSocket, grantedBufferBytes, type OpenSocket, openSocket } from "./open_socket.ts";
import { PeerTable } from "./peer_table.ts";
import { SocketReader } from "./socket_reader.ts";
import { System } from "./system.ts";
import { Timers } from "./timers.ts";
import { Transmitter } from "./transmitter.ts";
import { Waiter, yieldToOthers } from "./waiter.ts";

/** After so long the rest of the program has its turn, even under traffic. */
const SLICE_MS = 10;
/** For so long after a datagram, the next one is waited for on this thread, which is faster. */
const BUSY_MS = 5;
/** The longest sleep: it may outlast a thread that ends without closing its sockets. */
const MAX_SLEEP_MS = 10_000;

export class NativeNetwork implements Network, Clock {
  readonly clock: Clock = this;
  readonly #system: System;
  #bufferBytes: number | undefined;
  readonly #peers: PeerTable;
  readonly #reader: SocketReader;
  readonly #busyPoll: BusyPoll;
  readonly #batches: BatchPool;
  readonly #shared: Shared;
  readonly #timers = new Timers();
  readonly #tickings = new Tickings();
  /** Sockets by the number that the waiter reports; numbers of closed ones are reused. */
  readonly #sockets: (NativeSocket | undefined)[] = [];
  #open = 0;
  #waiter: Waiter | undefined;
  #running = false;
  /** Whether the loop waits to be released. */
  #held: boolean;
  #ended: Promise<void> = Promise.resolve();
  /** Pending waits for something that is neither a datagram nor a time. */
  #waiting = 0;
  #inSlice = false;
  /** Whether code outside of this loop may have work to do. */
  #mustYield = false;
  #lastTrafficMs = -Infinity;
  /**
   * The time of the batch that is being handled: each datagram asks for the time several times, and
   * to read it costs more than most of the other steps.
   */
  #batchMs: number | undefined;
  /** When the current sleep ends. */
  #asleepUntilMs = -Infinity;

  /**
   * With `held`, sockets can be bound, but nothing is received before {@linkcode release}. `cores`
   * is how many this process may run on.
   */
  constructor(libc: Libc, { held = false, cores = navigator.hardwareConcurrency } = {}) {
    this.#held = held;
    this.#busyPoll = new BusyPoll(cores);
    this.#system = new System(libc);
    this.#peers = new PeerTable(this.#system);
    this.#batches = new BatchPool(this.#system, () => this.#flushSoon());
    this.#reader = new SocketReader({
      system: this.#system,
      peers: this.#peers,
      sharesCore: cores === 1,
      timeBatch: () => this.#batchMs = performance.now(),
      flush: () => this.#batches.flush(),
    });
    this.#shared = {
      batches: this.#batches,
      peers: this.#peers,
      transmitter: new Transmitter(this.#system),
      soon: (callback) => void this.after(0, callback),
      closing: (socket) => this.#remove(socket),
    };
  }

  /** Settles when the loop has ended: no socket is open, and no timer or wait is pending. */
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
   * Takes over a UDP socket that the parent process has bound. Throws `NetworkError` when the
   * descriptor is no UDP socket. The address in `options` is ignored.
   */
  adopt(fd: number, handler: DatagramHandler, options: BindOptions): NativeSocket {
    return this.#add(adoptSocket(this.#system, fd, options), handler);
  }

  nowMs(): number {
    return this.#batchMs ?? performance.now();
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking, this.nowMs());
    this.#expect(this.#tickings.nextMs);
  }

  remove(ticking: Ticking): void {
    this.#tickings.remove(ticking);
    this.#wakeIfDone();
  }

  after(ms: number, callback: () => void): () => void {
    const nowMs = this.nowMs();
    const cancel = this.#timers.add(ms, callback, nowMs);
    this.#expect(nowMs + ms);
    return () => {
      cancel();
      this.#wakeIfDone();
    };
  }

  waiting(change: 1 | -1): void {
    this.#waiting += change;
  }

  /** Starts the loop, which runs for as long as there is something to do. */
  start(): void {
    const waiter = this.#waiter ??= new Waiter(this.#system);
    if (this.#running || this.#held) return;
    this.#running = true;
    this.#ended = this.#run(waiter);
  }

  /** Starts the loop of a network that is held. */
  release(): void {
    this.#held = false;
    if (!this.#isDone()) this.start();
  }

  #add(open: OpenSocket, handler: DatagramHandler): NativeSocket {
    const socket = new NativeSocket(open, handler, this.#shared);
    const free = this.#sockets.indexOf(undefined);
    const id = free < 0 ? this.#sockets.length : free;
    try {
      this.start();
      this.#waiter!.add(open.fd, id);
    } catch (error) {
      // Where no descriptor is left for the waiter, that of the socket must not be lost.
      this.#system.libc.close(open.fd);
      throw error;
    }
    this.#sockets[id] = socket;
    this.#open++;
    return socket;
  }

  #remove(socket: NativeSocket): void {
    this.#waiter?.remove(socket.fd);
    this.#system.libc.close(socket.fd);
    this.#sockets[this.#sockets.indexOf(socket)] = undefined;
    this.#open--;
    // The caller may have other work to do after it has closed a socket.
    this.#mustYield = true;
    this.#wakeIfDone();
  }

  /** A timer was added: the loop must be awake by then. */
  #expect(atMs: number): void {
    this.start();
    if (atMs < this.#asleepUntilMs) this.#waiter!.wake();
  }

  /** A loop that has nothing left to wait for ends at once. */
  #wakeIfDone(): void {
    if (this.#isDone()) this.#waiter?.wake();
  }

  #isDone(): boolean {
    return this.#open === 0 && this.#timers.size === 0 && this.#tickings.size === 0;
  }

  /** The loop flushes at the end of a round; a send outside of it needs a flush of its own. */
  #flushSoon(): void {
    if (!this.#inSlice) queueMicrotask(() => this.#batches.flush());
  }

  async #run(waiter: Waiter): Promise<void> {
    // After binding its first socket, the caller has more to do before it can take a datagram.
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

  /** Runs rounds until others must have their turn; returns how long it may sleep. */
  #slice(waiter: Waiter): number {
    let nowMs = this.nowMs();
    const endMs = nowMs + SLICE_MS;
    this.#mustYield = false;
    do {
      const ready = this.#wait(waiter, nowMs);
      nowMs = this.nowMs();
      if (ready > 0) {
        this.#lastTrafficMs = nowMs;
        this.#receiveAll(waiter, ready);
      }
      this.#timers.run(nowMs);
      this.#batches.flush();
      this.#tickings.look(nowMs);
      this.#batches.flush();
      if (this.#isDone()) return 0;
      if (ready === 0 && (this.#waiting > 0 || nowMs - this.#lastTrafficMs >= BUSY_MS)) {
        return this.#mustYield ? 0 : Math.min(this.#untilDueMs(nowMs), MAX_SLEEP_MS);
      }
    } while (nowMs < endMs && this.#waiting === 0 && !this.#mustYield);
    return 0;
  }

  /** Waits for traffic on this thread, and may poll first; returns the number of sockets. */
  #wait(waiter: Waiter, nowMs: number): number {
    const briefMs = this.#briefWaitMs(nowMs);
    if (briefMs > 0 && this.#busyPoll.isDue()) {
      let ready = 0;
      for (let atMs = nowMs; ready === 0 && atMs < nowMs + POLL_MS; atMs = this.nowMs()) {
        ready = waiter.wait(0);
      }
      this.#busyPoll.ended(ready > 0);
      if (ready > 0) return ready;
    }
    return waiter.wait(briefMs);
  }

  #briefWaitMs(nowMs: number): number {
    if (this.#waiting > 0 || nowMs - this.#lastTrafficMs >= BUSY_MS) return 0;
    return Math.min(this.#untilDueMs(nowMs), BUSY_MS);
  }

  /** Whole milliseconds until something is due; 0 if it is. */
  #untilDueMs(nowMs: number): number {
    const dueMs = Math.min(this.#timers.nextMs, this.#tickings.nextMs);
    return Math.max(0, Math.ceil(dueMs - nowMs));
  }

  #receiveAll(waiter: Waiter, ready: number): void {
    const isAlone = ready === 1 && this.#waiting === 0;
    for (let index = 0; index < ready; index++) {
      const id = waiter.id(index);
      const socket = id < 0 ? undefined : this.#sockets[id];
      if (socket === undefined) continue;
      if (waiter.hasError(index)) this.#reader.readErrors(socket);
      if (!socket.closed) this.#reader.receive(socket, isAlone);
    }
    this.#batchMs = undefined;
  }
}
