/**
 * A queue of requests, so that they need not wait in the listening socket: its buffer holds a few
 * hundred, and a lab that is switched on sends a thousand within a moment. As long as more arrive,
 * they are only taken in; then they are dealt with, a few at a time. Pure.
 */

import type { Clock } from "../engine/clock.ts";

/** Requests that wait; with more, a client has to ask again. */
export const MAX_QUEUED = 2048;

/** Why a request was dropped for which there was no room. */
export const TOO_MANY_REQUESTS = "Too many requests at once";

/** Requests dealt with before the sockets have their turn: about a millisecond's worth. */
const BATCH = 16;

/** Turns of the sockets in a row that may bring more, before the first is dealt with after all. */
const MAX_TURNS = 500;

export class RequestQueue<Item> {
  readonly #handle: (item: Item) => void;
  readonly #clock: Pick<Clock, "after">;
  #queue: Item[] = [];
  /** How many there were when the sockets last had their turn. */
  #counted = 0;
  #turns = 0;
  #stop: (() => void) | undefined;

  /** `handle` deals with one request; it must not throw. */
  constructor(handle: (item: Item) => void, clock: Pick<Clock, "after">) {
    this.#handle = handle;
    this.#clock = clock;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#queue.length;
  }

  /** Puts a request into the queue; false when there is no room. */
  enqueue(item: Item): boolean {
    if (this.#queue.length >= MAX_QUEUED) return false;
    this.#queue.push(item);
    this.#stop ??= this.#clock.after(0, () => this.#turn());
    return true;
  }

  /** Forgets all of them. */
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
