/**
 * Where requests wait whose client has a transfer that runs. A client that has sent its last ACK
 * may ask for its next file at once, and the two lie in different sockets: the request can be read
 * before the ACK. Without a moment's patience it would seem to break off a transfer that is whole,
 * or to be that transfer's own request sent twice.
 */

/** Longer than datagrams that have arrived lie unread, and nothing to a client. */
const PATIENCE_MS = 20;

export class Antechamber<Visitor> {
  readonly #admit: (visitor: Visitor) => void;
  readonly #held = new Map<string, { visitor: Visitor; timer: ReturnType<typeof setTimeout> }>();

  constructor(admit: (visitor: Visitor) => void) {
    this.#admit = admit;
  }

  /** Admits a visitor in a moment, unless another of the same key comes until then. */
  hold(key: string, visitor: Visitor): void {
    const held = this.#held.get(key);
    if (held) held.visitor = visitor;
    else this.#held.set(key, { visitor, timer: setTimeout(() => this.#open(key), PATIENCE_MS) });
  }

  /** Sends all away. */
  close(): void {
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
  }

  #open(key: string): void {
    const { visitor } = this.#held.get(key)!;
    this.#held.delete(key);
    this.#admit(visitor);
  }
}
