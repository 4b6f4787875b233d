/** A map of bounded size: a new entry removes the oldest one, whatever clients send. Pure. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  /**
   * Its next key is the oldest one: all keys before it were removed. A new iterator would have to
   * skip the places of those at each call, and a map can have thousands of them.
   */
  readonly #oldest = this.#entries.keys();
  readonly #most: number;

  /** `most` is how many entries are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All values, the oldest first. */
  get values(): Value[] {
    return [...this.#entries.values()];
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Adds or renews an entry, which becomes the youngest. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const { value: oldest } = this.#oldest.next();
    this.#entries.delete(oldest!);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }
}
