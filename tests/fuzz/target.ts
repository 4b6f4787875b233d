/** What a fuzzer runs: something that takes any bytes at all. */

/** One thing under test. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with, beside those of the corpus. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that inputs are made of. */
  readonly words: readonly Uint8Array[];
  /** Takes an input. Throws what shows a mistake of the program. */
  run(input: Uint8Array): void;
}

/** Texts as inputs. */
export function texts(...all: string[]): Uint8Array[] {
  return all.map((text) => new TextEncoder().encode(text));
}

/** An input as a text; bytes that are none become U+FFFD. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder().decode(input);
}

/** Throws unless the condition holds. */
export function mustHold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Does not hold: ${what}`);
}

// deno-lint-ignore no-explicit-any
type ErrorType = new (...args: any[]) => Error;

/** What a body returns; undefined when it throws an error of these types, as it may. */
export function unless<T>(types: readonly ErrorType[], body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (types.some((type) => error instanceof type)) return undefined;
    throw error;
  }
}
