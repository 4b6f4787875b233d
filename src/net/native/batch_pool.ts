/** Few batches serve many sockets: each has one from its first datagram of a turn to its flush. */

import type { NativeSocket } from "./native_socket.ts";
import { SendBatch } from "./send_batch.ts";
import type { System } from "./system.ts";

/** So many sockets may have something to send at once; before one more, the first must send. */
export const MOST_BATCHES = 8;

export class BatchPool {
  readonly #system: System;
  /** The one that was used last is taken first: it is still in the processor's cache. */
  readonly #free: SendBatch[] = [];
  readonly #senders: NativeSocket[] = [];
  readonly #begun: () => void;
  #made = 0;

  /** `begun` hears when there is something to send, after there was nothing. */
  constructor(system: System, begun: () => void) {
    this.#system = system;
    this.#begun = begun;
  }

  /** A batch for a socket that has none. */
  take(socket: NativeSocket): SendBatch {
    if (this.#free.length === 0 && this.#made === MOST_BATCHES) this.#senders[0]!.flush();
    this.#senders.push(socket);
    if (this.#senders.length === 1) this.#begun();
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#made++;
    return new SendBatch(this.#system);
  }

  /** Takes a batch back that has been sent. */
  giveBack(batch: SendBatch, socket: NativeSocket): void {
    this.#free.push(batch);
    this.#senders.splice(this.#senders.indexOf(socket), 1);
  }

  /** Makes everything leave. */
  flush(): void {
    while (this.#senders.length > 0) this.#senders[this.#senders.length - 1]!.flush();
  }
}
