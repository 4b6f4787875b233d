/**
 * A timer that costs nothing to load. Since 2.8, Deno takes `setTimeout` and `clearTimeout` from a
 * Node module that it loads when one of them is first named. That takes a quarter of the time of an
 * empty program, and a client that fetches one small file would wait for it.
 */

/**
 * Calls back once, after so many milliseconds, unless the returned function is called first. After
 * that, nothing keeps the program from ending.
 */
export function callAfter(ms: number, callback: () => void): () => void {
  // The standard wants whole milliseconds; a timer that is too early would need a second one.
  const signal = AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}
