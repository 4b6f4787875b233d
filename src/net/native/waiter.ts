/**
 * Waits for datagrams on all sockets at once: briefly, while this thread is blocked, or for long,
 * on another thread.
 */

import {
  AT_EPOLL_DATA,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLERR,
  EPOLLIN,
  SIZEOF_EPOLL_EVENT,
} from "./layout.ts";
import { fixedMemory, type System } from "./system.ts";

/** Sockets reported at once; more of them come with the next wait. */
const MAX_EVENTS = 64;
const EVENT_WORDS = SIZEOF_EPOLL_EVENT / 4;
/** The number of the waker among those of sockets. */
const WAKER = -1;

export class Waiter {
  readonly #system: System;
  readonly #epoll: number;
  /** Readable when a long wait is to end. */
  readonly #waker: number;
  readonly #events = new Int32Array(fixedMemory(MAX_EVENTS * SIZEOF_EPOLL_EVENT));
  readonly #change = new Int32Array(fixedMemory(SIZEOF_EPOLL_EVENT));
  /**
   * Where the other thread writes. It is no memory of JavaScript, because that is freed when a
   * Worker is terminated, and the wait may last longer.
   */
  readonly #asideEvents: bigint;
  readonly #eight = new Uint8Array(fixedMemory(8), 0, 8);
  #asleep = false;

  constructor(system: System) {
    this.#system = system;
    const { libc } = system;
    this.#epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw system.failure("Can't wait for sockets");
    this.#waker = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.#waker < 0) {
      libc.close(this.#epoll);
      throw system.failure("Can't wait for sockets");
    }
    this.#asideEvents = BigInt(libc.calloc(1n, BigInt(SIZEOF_EPOLL_EVENT)));
    this.add(this.#waker, WAKER);
  }

  /** Adds a socket from now on, even during a wait. `id` is what reports it. */
  add(fd: number, id: number): void {
    this.#change[0] = EPOLLIN;
    this.#change[AT_EPOLL_DATA / 4] = id;
    if (this.#system.libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, this.#change) === 0) return;
    throw this.#system.failure("Can't wait for a socket");
  }

  remove(fd: number): void {
    this.#system.libc.epoll_ctl(this.#epoll, EPOLL_CTL_DEL, fd, this.#change);
  }

  /** Waits on this thread for whole milliseconds; returns how many sockets have something. */
  wait(ms: number): number {
    const count = this.#system.libc.epoll_wait(this.#epoll, this.#events, MAX_EVENTS, ms);
    return Math.max(count, 0);
  }

  /** A socket that has something, among those of the last wait. */
  id(index: number): number {
    return this.#events[index * EVENT_WORDS + AT_EPOLL_DATA / 4]!;
  }

  /** Whether it has an error, perhaps besides datagrams. */
  hasError(index: number): boolean {
    return (this.#events[index * EVENT_WORDS]! & EPOLLERR) !== 0;
  }

  /** Waits on another thread, until a socket has something, the time is over or it is woken. */
  async sleep(ms: number): Promise<void> {
    this.#asleep = true;
    await this.#system.libc.waitAside(this.#epoll, this.#asideEvents, 1, ms);
    this.#asleep = false;
    this.#system.libc.read(this.#waker, this.#eight, 8n);
  }

  /** Ends a wait on the other thread. */
  wake(): void {
    if (!this.#asleep) return;
    this.#eight.fill(0);
    this.#eight[0] = 1;
    this.#system.libc.write(this.#waker, this.#eight, 8n);
  }

  /** Frees what it has; no wait may be pending. */
  close(): void {
    this.#system.libc.close(this.#waker);
    this.#system.libc.close(this.#epoll);
    this.#system.libc.free(this.#asideEvents);
  }
}

/** Deno has it since 2.0, and declares it since later. */
const { setImmediate } = globalThis as unknown as { setImmediate(callback: () => void): unknown };

/** Lets everything else that is due run once: callbacks, timers, signals, messages. */
export function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
