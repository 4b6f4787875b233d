/** For the tests of the adapters in offline/: what to run each case on. */

type Exports = Record<string, unknown>;

// The cases are tables; what each function takes is not known when they are compiled.
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => any;

/** A module's functions, under a name for messages. */
export type Implementation = [who: string, functions: Record<string, AnyFunction>];

/** The adapter, and the real package where that is what the bare specifier means. */
export function implementations(adapter: Exports, mapped: Exports): Implementation[] {
  const modules = adapter === mapped ? { adapter } : { adapter, package: mapped };
  return Object.entries(modules) as Implementation[];
}
