/**
 * A queue of requests, so that they need not wait in the listening socket: its buffer holds a few
 * hundred, and a lab that is switched on sends a thousand within a moment. As long as more arrive,
 * they are only queued; then they are processed, a few at a time. Pure.
 */

import type { Clock } from "../engine/clock.ts";

/** Requests in the queue; further ones are dropped, and their clients have to ask again. */
export const MAX_QUEUED = 2048;

/** Why a request was dropped that found the queue full. */
export const TOO_MANY_REQUESTS = "Too many requests at once";

/** Requests processed before the sockets have their turn: about a millisecond's worth. */
const BATCH = 16;

/** Turns of the sockets that may only queue more, before the first request is processed. */
const MAX_TURNS = 500;

export class RequestQueue<Item> {
  readonly #handle: (item: Item) => void;
  readonly #clock: Pick<Clock, "after">;
  #queue: Item[] = [];
  /** Length of the queue when the sockets last had their turn. */
  #counted = 0;
  #turns = 0;
  #stop: (() => void) | undefined;

  /** `handle` processes one request; it must not throw. */
  constructor(handle: (item: Item) => void, clock: Pick<Clock, "after">) {
    this.#handle = handle;
    this.#clock = clock;
  }

  /** Number of waiting requests. */
  get size(): number {
    return this.#queue.length;
  }

  /** Adds a request to the queue; false when it is full. */
  enqueue(item: Item): boolean {
    if (this.#queue.length >= MAX_QUEUED) return false;
    this.#queue.push(item);
    this.#stop ??= this.#clock.after(0, () => this.#turn());
    return true;
  }

  /** Discards all of them. */
  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#queue = [];
  }

  #turn(): void {
    this.#stop = undefined;
    const more = this.#queue.length > this.#counted && this.#turns++ < MAX_TURNS;
    if (!more) {
      this.#turns = 0;
      for (const item of this.#queue.splice(0, BATCH)) this.#handle(item);
    }
    this.#counted = this.#queue.length;
    if (more || this.#counted > 0) {
      this.#stop ??= this.#clock.after(0, () => this.#turn());
    }
  }
}
