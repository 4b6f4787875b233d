/**
 * A timer that costs nothing to load. Since 2.8 Deno takes `setTimeout` and `clearTimeout` from a
 * module of Node's, which it loads when one of them is first named: that takes a quarter of the
 * time of an empty program, and a client that fetches one small file would wait for it.
 */

/**
 * Calls back once, after so many milliseconds, unless the returned function is called before.
 * Nothing is left running then that would keep the program from ending.
 */
export function callAfter(ms: number, callback: () => void): () => void {
  // The standard wants whole milliseconds; too late is better than too early and once more.
  const signal = AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}
