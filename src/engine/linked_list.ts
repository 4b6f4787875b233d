/**
 * A list whose members are moved and removed without a search and without memory of its own. A
 * `Set` does the same, but makes a new table every few changes, and V8 keeps alive what old tables
 * point to. Pure.
 */

/** A member, which is in one list at most. */
export class Link<Value> {
  /** Undefined when it is over, so that nothing that still has the link keeps it alive. */
  value: Value | undefined;
  list: LinkedList<Value> | undefined = undefined;
  before: Link<Value> | undefined = undefined;
  after: Link<Value> | undefined = undefined;

  constructor(value: Value) {
    this.value = value;
  }
}

export class LinkedList<Value> {
  size = 0;
  first: Link<Value> | undefined = undefined;
  #last: Link<Value> | undefined = undefined;

  /** Calls back with each value, the first added first. */
  forEach(callback: (value: Value) => void): void {
    for (let link = this.first; link; link = link.after) callback(link.value!);
  }

  /** Puts a member last, and removes it from where it was. */
  append(link: Link<Value>): void {
    link.list?.remove(link);
    link.list = this;
    link.before = this.#last;
    if (this.#last) this.#last.after = link;
    else this.first = link;
    this.#last = link;
    this.size++;
  }

  /** Removes a member of this list. */
  remove(link: Link<Value>): void {
    if (link.list !== this) return;
    const { before, after } = link;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
    link.list = link.before = link.after = undefined;
    this.size--;
  }
}
