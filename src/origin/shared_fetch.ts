/**
 * One fetch of one file for all clients that want it: they wait together for the answer, and then
 * each takes the result.
 */

import type { Answer } from "./origin_client.ts";
import type { GrowingFile } from "./growing_file.ts";

/** The result of a fetch. */
export type FetchResult =
  /** The file arrives: read it while it grows. */
  | { readonly kind: "growing"; readonly file: GrowingFile }
  /** The copy is still good. */
  | { readonly kind: "good copy" }
  /** Another process has fetched it, or tried to: look again. */
  | { readonly kind: "look again" }
  /** It may not be kept, so each client has to fetch it; the first takes this answer. */
  | { readonly kind: "not kept"; take(): Answer | undefined };

export class SharedFetch {
  readonly abort = new AbortController();
  /** Whether an upload has changed the file at the origin since the fetch began. */
  isOutdated: () => boolean = () => false;
  readonly #result = Promise.withResolvers<FetchResult>();
  #waiting = 0;

  constructor() {
    // All clients that waited for it may have left.
    this.#result.promise.catch(() => {});
  }

  /** Whether a further client may wait for it. */
  get isOpen(): boolean {
    return !this.abort.signal.aborted && !this.isOutdated();
  }

  settle(result: FetchResult): void {
    this.#result.resolve(result);
  }

  fail(error: unknown): void {
    this.#result.reject(error);
  }

  /**
   * Waits for the answer or the signal; when the last client leaves, the fetch ends. Rejects with
   * an `OriginError`, or the signal's reason.
   */
  async wait(signal: AbortSignal): Promise<FetchResult> {
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    this.#waiting++;
    signal.addEventListener("abort", leave, { once: true });
    try {
      if (signal.aborted) throw signal.reason;
      return await Promise.race([this.#result.promise, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--this.#waiting === 0 && signal.aborted) this.abort.abort(signal.reason);
    }
  }
}
