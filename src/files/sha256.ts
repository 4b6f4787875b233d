/** SHA-256 of data that arrives piece by piece. Web Crypto needs all of it at once. */

/** The part of a hash of Node that is needed. */
interface Hash {
  update(bytes: Uint8Array): void;
  digest(encoding: "hex"): string;
}

/** The part of Deno's `process` that is needed; its types would have to be fetched. */
interface Process {
  getBuiltinModule(name: "node:crypto"): { createHash(algorithm: "sha256"): Hash };
}

export class Sha256 {
  readonly #hash = newHash();
  #hex: string | undefined;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The hash in lower-case hexadecimal; nothing can be added afterwards. */
  get hex(): string {
    return this.#hex ??= this.#hash.digest("hex");
  }
}

/** Not imported: loading `node:crypto` takes longer than most transfers, and few need it. */
function newHash(): Hash {
  const { process } = globalThis as unknown as { process: Process };
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}
