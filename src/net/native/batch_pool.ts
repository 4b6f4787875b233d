/** Few batches serve many sockets: each has one from its first datagram of a turn to its flush. */

import type { NativeSocket } from "./native_socket.ts";
import { SendBatch } from "./send_batch.ts";
import type { System } from "./system.ts";

/** So many sockets may have something to send at once; before one more, the first must send. */
export const MOST_BATCHES = 8;

export class BatchPool {
  readonly #system: System;
  /**
   * Free ones are from `#busy` on. What was used last is taken first: it is still in the
   * processor's cache. Neither array grows or shrinks, because that would cost memory every turn.
   */
  readonly #batches: SendBatch[] = [];
  readonly #senders: (NativeSocket | undefined)[] = new Array(MOST_BATCHES).fill(undefined);
  readonly #begun: () => void;
  #busy = 0;

  /** `begun` hears when there is something to send, after there was nothing. */
  constructor(system: System, begun: () => void) {
    this.#system = system;
    this.#begun = begun;
  }

  /** A batch for a socket that has none. */
  take(socket: NativeSocket): SendBatch {
    if (this.#busy === MOST_BATCHES) this.#senders[0]!.flush();
    if (this.#busy === this.#batches.length) this.#batches.push(new SendBatch(this.#system));
    if (this.#busy === 0) this.#begun();
    this.#senders[this.#busy] = socket;
    return this.#batches[this.#busy++]!;
  }

  /** Takes the batch of a socket back, which has been sent. */
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

  /** Makes everything leave. */
  flush(): void {
    while (this.#busy > 0) this.#senders[this.#busy - 1]!.flush();
  }
}
