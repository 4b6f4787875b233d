/** Ctrl-C and SIGTERM: first a tidy end, on repetition an immediate one. */

import { INTERRUPTED, TERMINATED } from "./exit_code.ts";

/** Windows knows no SIGTERM that a program could hear. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listeners = new Map<Deno.Signal, () => void>();
  /** Set once a signal has come. */
  exitCode: number | undefined;
  /** Leaves the terminal in order, should the program end at once. */
  beforeExit = () => {};

  constructor() {
    for (const signal of SIGNALS) {
      const listener = () => this.#hear(signal);
      this.#listeners.set(signal, listener);
      Deno.addSignalListener(signal, listener);
    }
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Hands the signals back to Deno. */
  close(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    this.#listeners.clear();
  }

  #hear(signal: Deno.Signal): void {
    const code = signal === "SIGTERM" ? TERMINATED : INTERRUPTED;
    if (this.exitCode !== undefined) {
      this.beforeExit();
      Deno.exit(code);
    }
    this.exitCode = code;
    this.#controller.abort();
  }
}
