/**
 * One fetch of one file for all that want it: until the answer comes they wait together, and then
 * each has what it leads to.
 */

import type { Answer } from "./origin_client.ts";
import type { GrowingFile } from "./growing_file.ts";

/** What a fetch leads to. */
export type Landing =
  /** The file comes: read it while it grows. */
  | { readonly kind: "growing"; readonly file: GrowingFile }
  /** The copy that is there is good. */
  | { readonly kind: "good copy" }
  /** Somebody else has fetched it, or tried: look again. */
  | { readonly kind: "look again" }
  /** It may not be kept, so each has to fetch it; the answer that came is for the first. */
  | { readonly kind: "not kept"; take(): Answer | undefined };

export class Flight {
  /** Settles when the answer has come; rejects with an `OriginError`. */
  readonly landed: Promise<Landing>;
  readonly abort = new AbortController();
  readonly #landed = Promise.withResolvers<Landing>();
  #waiting = 0;

  constructor() {
    this.landed = this.#landed.promise;
    // Who waits for it may all have left.
    this.landed.catch(() => {});
  }

  land(landing: Landing): void {
    this.#landed.resolve(landing);
  }

  fail(error: unknown): void {
    this.#landed.reject(error);
  }

  /** Waits for the answer, unless the signal comes first; the last to leave ends the fetch. */
  async wait(signal: AbortSignal): Promise<Landing> {
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    this.#waiting++;
    signal.addEventListener("abort", leave, { once: true });
    try {
      if (signal.aborted) throw signal.reason;
      return await Promise.race([this.landed, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--this.#waiting === 0 && signal.aborted) this.abort.abort(signal.reason);
    }
  }
}
