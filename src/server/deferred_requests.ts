/**
 * Requests that wait a moment because their client still has a running transfer. A client may
 * request its next file right after its last ACK. The two go to different sockets, so the server
 * can read the request first. Handled at once, the request would seem to abort a transfer that is
 * complete, or to be a repeat of that transfer's own request. Pure.
 */

import type { AddressKey } from "../engine/address.ts";
import type { Clock } from "../engine/clock.ts";

/** Longer than arrived datagrams stay unread, and too short for a client to notice. */
const DEFER_MS = 20;

export class DeferredRequests<Item> {
  readonly #handle: (item: Item) => void;
  readonly #clock: Pick<Clock, "after">;
  /** At most one for each running transfer. */
  readonly #deferred = new Map<AddressKey, { item: Item; stop: () => void }>();

  /** `handle` processes one request; it must not throw. */
  constructor(handle: (item: Item) => void, clock: Pick<Clock, "after">) {
    this.#handle = handle;
    this.#clock = clock;
  }

  /** Number of waiting requests. */
  get size(): number {
    return this.#deferred.size;
  }

  /** Handles a request after a moment; a later one with the same key replaces it. */
  defer(key: AddressKey, item: Item): void {
    const deferred = this.#deferred.get(key);
    if (deferred) deferred.item = item;
    else {
      const stop = this.#clock.after(DEFER_MS, () => this.#release(key));
      this.#deferred.set(key, { item, stop });
    }
  }

  /** Discards all of them. */
  close(): void {
    for (const { stop } of this.#deferred.values()) stop();
    this.#deferred.clear();
  }

  #release(key: AddressKey): void {
    const { item } = this.#deferred.get(key)!;
    this.#deferred.delete(key);
    this.#handle(item);
  }
}
