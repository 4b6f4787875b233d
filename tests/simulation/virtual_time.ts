/** A clock that only moves when something is due, and the agenda of what is due when. */

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime {
  nowMs = 0;
  /** Things that were due so far. */
  steps = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  /** What is due at the same time happens in the order in which it was asked for. */
  at(atMs: number, run: () => void): void {
    if (!(atMs >= this.nowMs)) throw new RangeError(`Time ${atMs} is over at ${this.nowMs}`);
    if (atMs === Infinity) return;
    const heap = this.#heap;
    const entry = { atMs, order: this.#order++, run };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Does what is due next; false when nothing is. */
  step(): boolean {
    const next = this.#heap[0];
    if (next === undefined) return false;
    this.#removeFirst();
    this.steps++;
    this.nowMs = next.atMs;
    next.run();
    return true;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || one.atMs === other.atMs && one.order < other.order;
}
