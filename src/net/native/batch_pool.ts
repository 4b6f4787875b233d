/**
 * A few batches for many sockets: a socket has one from its first datagram of a turn to its flush.
 */

import type { NativeSocket } from "./native_socket.ts";
import { SendBatch } from "./send_batch.ts";
import type { System } from "./system.ts";

/** Sockets that may have data to send at once; for one more, the first must send. */
export const MAX_BATCHES = 8;

export class BatchPool {
  readonly #system: System;
  /**
   * Free batches start at `#busy`. The last one used is taken first: it is still in the processor's
   * cache. Neither array grows or shrinks, because that would allocate memory every turn.
   */
  readonly #batches: SendBatch[] = [];
  readonly #senders: (NativeSocket | undefined)[] = new Array(MAX_BATCHES).fill(undefined);
  readonly #begun: () => void;
  #busy = 0;

  /** `begun` is called when there is something to send after there was nothing. */
  constructor(system: System, begun: () => void) {
    this.#system = system;
    this.#begun = begun;
  }

  /** A batch for a socket that has none. */
  take(socket: NativeSocket): SendBatch {
    if (this.#busy === MAX_BATCHES) this.#senders[0]!.flush();
    if (this.#busy === this.#batches.length) this.#batches.push(new SendBatch(this.#system));
    if (this.#busy === 0) this.#begun();
    this.#senders[this.#busy] = socket;
    return this.#batches[this.#busy++]!;
  }

  /** Takes back the batch of a socket once it was sent. */
  giveBack(socket: NativeSocket): void {
    const at = this.#senders.indexOf(socket);
    const batch = this.#batches[at]!;
    this.#busy--;
    for (let next = at; next < this.#busy; next++) {
      this.#senders[next] = this.#senders[next + 1];
      this.#batches[next] = this.#batches[next + 1]!;
    }
    this.#senders[this.#busy] = undefined;
    this.#batches[this.#busy] = batch;
  }

  /** Sends everything. */
  flush(): void {
    while (this.#busy > 0) this.#senders[this.#busy - 1]!.flush();
  }
}
