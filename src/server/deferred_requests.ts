/**
 * Requests that wait a moment because their client has a transfer that runs. A client that has sent
 * its last ACK may ask for its next file at once, and the two lie in different sockets: the request
 * can be read before the ACK. Without a moment's patience it would seem to break off a transfer
 * that is whole, or to be that transfer's own request sent twice. Pure.
 */

import type { Clock } from "../engine/clock.ts";

/** Longer than datagrams that have arrived lie unread, and nothing to a client. */
const DEFER_MS = 20;

export class DeferredRequests<Item> {
  readonly #handle: (item: Item) => void;
  readonly #clock: Pick<Clock, "after">;
  /** At most one for each transfer that runs. */
  readonly #deferred = new Map<string, { item: Item; stop: () => void }>();

  /** `handle` deals with one request; it must not throw. */
  constructor(handle: (item: Item) => void, clock: Pick<Clock, "after">) {
    this.#handle = handle;
    this.#clock = clock;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#deferred.size;
  }

  /** Deals with a request in a moment; a later one of the same key takes its place. */
  defer(key: string, item: Item): void {
    const deferred = this.#deferred.get(key);
    if (deferred) deferred.item = item;
    else {
      const stop = this.#clock.after(DEFER_MS, () => this.#release(key));
      this.#deferred.set(key, { item, stop });
    }
  }

  /** Forgets all of them. */
  close(): void {
    for (const { stop } of this.#deferred.values()) stop();
    this.#deferred.clear();
  }

  #release(key: string): void {
    const { item } = this.#deferred.get(key)!;
    this.#deferred.delete(key);
    this.#handle(item);
  }
}
