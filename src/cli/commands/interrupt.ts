/** Ctrl-C and SIGTERM: the first one ends in an orderly way, the second at once. */

import { INTERRUPTED, TERMINATED } from "../text/exit_code.ts";

/** On Windows, a program can't receive SIGTERM. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/**
 * Signals within this time are one press of Ctrl-C: a program started by `deno task` gets it from
 * the terminal and again from the task.
 */
const ONE_PRESS_MS = 500;

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listeners = new Map<Deno.Signal, () => void>();
  /** Set once a signal has arrived. */
  exitCode: number | undefined;
  /** Resets the terminal if the program ends at once. */
  beforeExit = () => {};
  #heardMs = 0;

  constructor() {
    for (const signal of SIGNALS) {
      const listener = () => this.#handle(signal);
      this.#listeners.set(signal, listener);
      Deno.addSignalListener(signal, listener);
    }
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals back to Deno. */
  close(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    this.#listeners.clear();
  }

  #handle(signal: Deno.Signal): void {
    const code = signal === "SIGTERM" ? TERMINATED : INTERRUPTED;
    if (this.exitCode !== undefined) {
      if (performance.now() - this.#heardMs > ONE_PRESS_MS) {
        this.beforeExit();
        Deno.exit(code);
      }
      return;
    }
    this.exitCode = code;
    this.#heardMs = performance.now();
    this.#controller.abort();
  }
}
