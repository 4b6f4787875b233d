/**
 * A map of bounded size: new entries push out the oldest ones, whatever clients send. Pure.
 *
 * It has two halves. When the younger one is full it becomes the older one, and what that had is
 * forgotten at once: removing entries one by one from the front of a large `Map` is slow.
 */
export class BoundedMap<Key, Value> {
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  readonly #half: number;

  /** At most `most` entries are kept, and always the youngest half of so many. */
  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** All values, the oldest first. */
  get values(): Value[] {
    return [...this.#old.values(), ...this.#young.values()];
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Adds or renews an entry, which becomes the youngest. */
  set(key: Key, value: Value): void {
    this.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
