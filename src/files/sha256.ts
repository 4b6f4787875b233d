/**
 * SHA-256 of what comes piece by piece. Web Crypto can't do that: it wants all the bytes at once.
 */

/** What is needed of a hash of Node's. */
interface Hash {
  update(bytes: Uint8Array): void;
  digest(encoding: "hex"): string;
}

/** What is needed of Deno's `process`, whose types would have to be fetched. */
interface Process {
  getBuiltinModule(name: "node:crypto"): { createHash(algorithm: "sha256"): Hash };
}

export class Sha256 {
  readonly #hash = newHash();
  #hex: string | undefined;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The hash in lower-case hexadecimal; nothing can be added after it was asked for. */
  get hex(): string {
    return this.#hex ??= this.#hash.digest("hex");
  }
}

/** Not imported: loading `node:crypto` takes longer than most transfers, and few need it. */
function newHash(): Hash {
  const { process } = globalThis as unknown as { process: Process };
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}
