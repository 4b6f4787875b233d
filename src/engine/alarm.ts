/**
 * A timer that costs nothing to load. Newer Denos keep `setTimeout` and `clearTimeout` in a module
 * of Node's, which takes a quarter of an empty program's time to load, even to say their names. A
 * client of one small file has no other use for it; a server, which lives long, may as well take
 * the usual timers.
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
