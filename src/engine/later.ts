/**
 * A value that comes later, such as the end of a wait. Unlike a promise, it calls its listeners at
 * the very moment it comes. So a turn stays synchronous, and virtual time can drive it.
 */

type Listener<T> = (value: T) => void;

export class Later<T = void> implements PromiseLike<T> {
  readonly #waiting: { readonly came: Listener<T>; readonly failed: Listener<unknown> }[] = [];
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined;

  /** Sets the value; only the first call counts. */
  resolve(value: T): void {
    if (this.#outcome) return;
    this.#outcome = { value };
    for (const { came } of this.#waiting.splice(0)) came(value);
  }

  /** Sets an error in place of the value. */
  reject(error: unknown): void {
    if (this.#outcome) return;
    this.#outcome = { error };
    for (const { failed } of this.#waiting.splice(0)) failed(error);
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const next = new Later<A | B>();
    const listener = <V>(
      call: ((value: V) => A | B | PromiseLike<A | B>) | null | undefined,
      otherwise: (value: V) => void,
    ) =>
    (value: V) => {
      if (!call) return otherwise(value);
      try {
        const made = call(value);
        if (isLater(made)) made.then((v) => next.resolve(v), (error) => next.reject(error));
        else next.resolve(made);
      } catch (error) {
        next.reject(error);
      }
    };
    const came = listener<T>(onValue, (value) => next.resolve(value as unknown as A));
    const failed = listener<unknown>(onError, (error) => next.reject(error));
    if (!this.#outcome) this.#waiting.push({ came, failed });
    else if ("error" in this.#outcome) failed(this.#outcome.error);
    else came(this.#outcome.value);
    return next;
  }
}

/** Whether a value is still to come. */
export function isLater<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}
