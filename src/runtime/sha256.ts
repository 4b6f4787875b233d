/**
 * SHA-256 of what comes piece by piece. Web Crypto can't do that: it wants all the bytes at once.
 */

import { createHash } from "node:crypto";

export class Sha256 {
  readonly #hash = createHash("sha256");
  #hex: string | undefined;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The hash in lower-case hexadecimal; nothing can be added after it was asked for. */
  get hex(): string {
    return this.#hex ??= this.#hash.digest("hex");
  }
}
