/** Callbacks in the order of their times. Pure. */

/** From this number on, cancelled ones are removed when they are the majority. */
const MANY = 64;

interface Timer {
  readonly dueMs: number;
  /** Undefined once it has been called or cancelled. */
  callback: (() => void) | undefined;
}

export class Timers {
  /** Callbacks that are due at once, in order. */
  #soon: Timer[] = [];
  /** A binary heap. */
  #heap: Timer[] = [];
  #live = 0;

  /** Number of pending callbacks. */
  get size(): number {
    return this.#live;
  }

  /** When the next one is due: -Infinity for at once, Infinity for none. */
  get nextMs(): number {
    if (this.#soon.length > 0) return -Infinity;
    this.#dropCancelled();
    return this.#heap[0]?.dueMs ?? Infinity;
  }

  /** Adds a callback, and returns a function that cancels it. */
  add(ms: number, callback: () => void, nowMs: number): () => void {
    const timer: Timer = { dueMs: nowMs + ms, callback };
    if (ms <= 0) this.#soon.push(timer);
    else this.#push(timer);
    this.#live++;
    if (this.#heap.length > MANY && this.#heap.length > 2 * this.#live) this.#throwOut();
    return () => {
      if (timer.callback === undefined) return;
      timer.callback = undefined;
      this.#live--;
    };
  }

  /** Calls what is due. What is added meanwhile waits for the next time. */
  run(nowMs: number): void {
    const soon = this.#soon;
    if (soon.length > 0) {
      this.#soon = [];
      for (const timer of soon) this.#call(timer);
    }
    while (this.#heap.length > 0 && this.#heap[0]!.dueMs <= nowMs) this.#call(this.#pop());
  }

  #call(timer: Timer): void {
    const { callback } = timer;
    if (callback === undefined) return;
    timer.callback = undefined;
    this.#live--;
    callback();
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.callback === undefined) this.#pop();
  }

  #throwOut(): void {
    const waiting = this.#heap.filter(({ callback }) => callback !== undefined);
    this.#heap = [];
    for (const timer of waiting) this.#push(timer);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.dueMs <= timer.dueMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts a timer at the top of the heap, and moves it down to its place. */
  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
      if (child >= heap.length || heap[child]!.dueMs >= timer.dueMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = timer;
  }
}
