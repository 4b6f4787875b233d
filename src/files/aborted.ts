/** Waits that a signal ends. */

import { CancelledError } from "../protocol/mod.ts";

/**
 * Waits for a promise, but not beyond the abort of a signal. Throws what the promise throws, and
 * `CancelledError`; what was waited for goes on.
 */
export async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(new CancelledError("Interrupted"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
