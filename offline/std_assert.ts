/**
 * The names this project uses of `@std/assert`, for machines that cannot reach JSR. Each fails
 * and passes as the real one does; what a failure says is plainer. Equality is in `equal.ts`.
 *
 * Nothing is borrowed from node:assert: its equality is another one, and to check an import of
 * it Deno before 2.6 fetches node's types from npm.
 *
 * @module
 */
import { equal } from "./equal.ts";

// deno-lint-ignore no-explicit-any
type Constructor<T> = abstract new (...args: any[]) => T;

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) throw failure(message);
}

/** Fails, always. */
export function fail(message?: string): never {
  throw failure(`Failed assertion${suffix(message)}`);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  throw failure(`Values are not equal${suffix(message)}${difference(actual, expected)}`);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (!equal(actual, expected)) return;
  const [left, right] = [inspect(actual), inspect(expected)];
  throw failure(`Expected actual: ${left} not to be: ${right}${suffix(message)}`);
}

/** Fails unless both are the same value, told apart as `Object.is` does. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw failure(`Values are not strictly equal${suffix(message)}${difference(actual, expected)}`);
}

/** Fails if `actual` is null or undefined. */
export function assertExists<T>(
  actual: T,
  message?: string,
): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw failure(`Expected actual: "${actual}" to not be null or undefined${suffix(message)}`);
}

/** Fails unless `actual` is an instance of `expected`. */
export function assertInstanceOf<C extends Constructor<unknown>>(
  actual: unknown,
  expected: C,
  message?: string,
): asserts actual is InstanceType<C> {
  if (actual instanceof expected) return;
  const found = inspect(actual);
  throw failure(`Expected ${found} to be an instance of "${expected.name}"${suffix(message)}`);
}

/** Fails unless `actual` holds `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  throw failure(`Expected actual: "${actual}" to contain: "${expected}"${suffix(message)}`);
}

/** Fails unless `actual` matches the pattern. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (expected.test(actual)) return;
  throw failure(`Expected actual: "${actual}" to match: "${expected}"${suffix(message)}`);
}

/** Fails unless `actual` is at least `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (actual >= expected) return;
  throw failure(message ?? `Expect ${inspect(actual)} >= ${inspect(expected)}`);
}

/** Fails unless `actual` is below `expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (actual < expected) return;
  throw failure(message ?? `Expect ${inspect(actual)} < ${inspect(expected)}`);
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
/** Fails unless `fn` throws an error of the class whose message holds `part`; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: Constructor<E>,
  part?: string,
  message?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClass?: Constructor<Error> | string,
  part?: string,
  message?: string,
): unknown {
  const wanted = wantedError(errorClass, part, message);
  try {
    fn();
  } catch (error) {
    return checkError(error, wanted);
  }
  throw failure(`Expected function to throw${suffix(wanted.message)}`);
}

/** Fails unless `fn` returns a promise that rejects; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** Fails unless it rejects with an error of the class whose message holds `part`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: Constructor<E>,
  part?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClass?: Constructor<Error> | string,
  part?: string,
  message?: string,
): Promise<unknown> {
  const wanted = wantedError(errorClass, part, message);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // A throw before there is a promise is no rejection: `promise` stays undefined.
  }
  if (typeof promise?.then !== "function") {
    throw failure(`Function throws when expected to reject${suffix(wanted.message)}`);
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, wanted);
  }
  throw failure(`Expected function to reject${suffix(wanted.message)}`);
}

interface WantedError {
  errorClass?: Constructor<Error> | undefined;
  part?: string | undefined;
  message?: string | undefined;
}

/** Sorts out the two ways to call: `(fn, message)` and `(fn, class, part, message)`. */
function wantedError(
  errorClass: Constructor<Error> | string | undefined,
  part: string | undefined,
  message: string | undefined,
): WantedError {
  return typeof errorClass === "string" ? { message: errorClass } : { errorClass, part, message };
}

function checkError(error: unknown, wanted: WantedError): unknown {
  const { errorClass, part, message } = wanted;
  if (errorClass === undefined) return error;
  if (!(error instanceof Error)) {
    throw failure(`A non-Error object was thrown or rejected${suffix(message)}`);
  }
  const found = `${error.name}: ${error.message}`;
  if (!(error instanceof errorClass)) {
    throw failure(`Expected error to be a "${errorClass.name}", not ${found}${suffix(message)}`);
  }
  if (part !== undefined && !error.message.includes(part)) {
    throw failure(`Expected error message to include "${part}", not ${found}${suffix(message)}`);
  }
  return error;
}

class AssertionError extends Error {
  override readonly name = "AssertionError";
}

function failure(message: string): AssertionError {
  return new AssertionError(message);
}

function suffix(message: string | undefined): string {
  return message ? `: ${message}` : ".";
}

/** Both values, with `-` and `+` before the lines that only one of them has. */
function difference(actual: unknown, expected: unknown): string {
  const [left, right] = [inspect(actual).split("\n"), inspect(expected).split("\n")];
  const mark = (lines: string[], others: string[], sign: string) =>
    lines.map((line) => `${others.includes(line) ? " " : sign} ${line}`);
  const parts = ["  actual (-):", ...mark(left, right, "-")];
  return ["", ...parts, "  expected (+):", ...mark(right, left, "+")].join("\n");
}

function inspect(value: unknown): string {
  const limits = { depth: 12, iterableLimit: 100, strAbbreviateSize: 4_000 };
  return Deno.inspect(value, { ...limits, compact: false, sorted: true });
}
