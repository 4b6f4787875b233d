/**
 * Lets requests wait inside, so that they need not wait in the listening socket: its buffer holds a
 * few hundred, and a lab that is switched on sends a thousand within a moment. As long as more
 * arrive, they are only taken in; then they are dealt with, a few at a time.
 */

/** Requests that wait; with more, a client has to ask again. */
export const MAX_WAITING = 2048;

/** Why a request was dropped for which there was no room. */
export const TOO_MANY_REQUESTS = "Too many requests at once";

/** Requests dealt with before the sockets have their turn: about a millisecond's worth. */
const BATCH = 16;

/** Turns of the sockets in a row that may bring more, before the first is dealt with after all. */
const MAX_TURNS = 500;

export class Doorman<Visitor> {
  readonly #admit: (visitor: Visitor) => Promise<void>;
  #waiting: Visitor[] = [];
  /** How many had come when the sockets last had their turn. */
  #counted = 0;
  #turns = 0;
  #next: ReturnType<typeof setImmediate> | undefined;

  /** `admit` deals with one visitor; it must not throw. */
  constructor(admit: (visitor: Visitor) => Promise<void>) {
    this.#admit = admit;
  }

  /** Lets a visitor wait for its turn; false when there is no room. */
  announce(visitor: Visitor): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(visitor);
    this.#next ??= setImmediate(() => this.#turn());
    return true;
  }

  /** Sends all away. */
  close(): void {
    clearImmediate(this.#next);
    this.#waiting = [];
  }

  async #turn(): Promise<void> {
    const more = this.#waiting.length > this.#counted && this.#turns++ < MAX_TURNS;
    if (!more) {
      this.#turns = 0;
      for (const visitor of this.#waiting.splice(0, BATCH)) await this.#admit(visitor);
    }
    this.#counted = this.#waiting.length;
    this.#next = more || this.#counted > 0 ? setImmediate(() => this.#turn()) : undefined;
  }
}
