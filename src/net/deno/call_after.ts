/**
 * A timer that costs nothing to load. Since 2.8, Deno takes `setTimeout` and `clearTimeout` from a
 * Node module that it loads when one of them is first named. That takes a quarter of the time of an
 * empty program, and a client that fetches one small file would wait for it. `AbortSignal.timeout`
 * needs no module, but makes an error with a stack at its end, which costs 0.07 ms more.
 */

/** So many timers go without the module. More of them would cost more than loading it. */
const TIMERS_WITHOUT_MODULE = 50;
let started = 0;

/**
 * Calls back once, after so many milliseconds, unless the returned function is called first. After
 * that, nothing keeps the program from ending.
 */
export function callAfter(ms: number, callback: () => void): () => void {
  const dueMs = performance.now() + ms;
  let cancel = () => {};
  const start = (leftMs: number) => {
    // Deno counts whole milliseconds, and calls back about one later. So it gets the number below,
    // and a timer that is too early, which is rare, is followed by another.
    cancel = startTimer(Math.max(0, Math.floor(leftMs)), () => {
      const stillMs = dueMs - performance.now();
      if (stillMs > 0) start(stillMs);
      else callback();
    });
  };
  start(ms);
  return () => cancel();
}

function startTimer(ms: number, callback: () => void): () => void {
  return ++started > TIMERS_WITHOUT_MODULE ? viaTimeout(ms, callback) : viaSignal(ms, callback);
}

function viaSignal(ms: number, callback: () => void): () => void {
  const signal = AbortSignal.timeout(ms);
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

function viaTimeout(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
