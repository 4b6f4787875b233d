/** Sources that keep something of what is read from them: the hash, or the beginning. */

import type { Source } from "../engine/source_sink.ts";
import { ChecksumError } from "../engine/errors.ts";
import { Sha256 } from "./sha256.ts";

/** Well above what a sender reads before the first block is acknowledged. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Computes the SHA-256 of the file, and compares it with the expected one. The last bytes of a
 * wrong file are withheld, so its transfer can't be completed.
 *
 * ```ts
 * import { HashingSource } from "@tftp/tftp";
 * import { MemorySource } from "@tftp/tftp/testing";
 *
 * const source = new HashingSource(new MemorySource(new TextEncoder().encode("hello")));
 * await source.read(new Uint8Array(512));
 * source.close();
 * if (!source.hex.startsWith("2cf24dba")) throw new Error(source.hex);
 * ```
 */
export class HashingSource implements Source {
  readonly size: number | undefined;
  readonly #source: Source;
  readonly #expected: { readonly sha256: string; readonly path: string } | undefined;
  readonly #hash = new Sha256();
  #bytes = 0;

  /**
   * Reads from another source. `expected` is in lower-case hexadecimal, with the path for the
   * message; if the hash differs, reading throws `ChecksumError`.
   */
  constructor(source: Source, expected?: { readonly sha256: string; readonly path: string }) {
    this.#source = source;
    this.#expected = expected;
    this.size = source.size;
  }

  /** The hash, once everything was read. */
  get hex(): string {
    return this.#hash.hex;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    const read = this.#source.read(into);
    if (typeof read === "number") return this.#add(into, read);
    return read.then((length) => this.#add(into, length));
  }

  close(): void {
    this.#source.close();
  }

  #add(into: Uint8Array, length: number): number {
    if (length > 0) this.#hash.add(into.subarray(0, length));
    this.#bytes += length;
    const isEnd = length < into.length || this.#bytes === this.size;
    if (isEnd && this.#expected && this.hex !== this.#expected.sha256) {
      throw new ChecksumError(this.#expected.sha256, this.hex, this.#expected.path);
    }
    return length;
  }
}

/** Passes the first bytes of a file to a callback, once. */
export class SniffedSource implements Source {
  readonly size: number | undefined;
  readonly #source: Source;
  #sniff: ((bytes: Uint8Array) => void) | undefined;

  /** `sniff` gets the first bytes, before they are sent. */
  constructor(source: Source, sniff: (bytes: Uint8Array) => void) {
    this.#source = source;
    this.#sniff = sniff;
    this.size = source.size;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    const read = this.#source.read(into);
    if (typeof read === "number") return this.#show(into, read);
    return read.then((length) => this.#show(into, length));
  }

  close(): void {
    this.#source.close();
  }

  #show(into: Uint8Array, length: number): number {
    this.#sniff?.(into.subarray(0, length));
    this.#sniff = undefined;
    return length;
  }
}

/**
 * A source that can be restarted as long as little was read from it. If no block of a transfer gets
 * through, smaller blocks are tried.
 */
export class ReplaySource implements Source {
  readonly size: number | undefined;
  readonly #source: Source;
  /** Everything read so far, until that is too much to keep. */
  #kept: Uint8Array[] | undefined = [];
  #keptBytes = 0;
  #ended = false;
  /** The bytes to return again. */
  #again: Uint8Array[] = [];
  /** The read that goes on, or has failed. */
  #reading: Promise<number> | undefined;
  #restarts = 0;

  constructor(source: Source) {
    this.#source = source;
    this.size = source.size;
  }

  /** Restarts; false when too much was read for that. */
  rewind(): boolean {
    if (!this.#kept) return false;
    this.#again = [...this.#kept];
    this.#restarts++;
    return true;
  }

  async read(into: Uint8Array): Promise<number> {
    // What a transfer that was given up still reads comes next; if that fails, so does this one.
    await this.#reading;
    let filled = 0;
    for (let piece = this.#again.shift(); piece; piece = this.#again.shift()) {
      const part = piece.subarray(0, into.length - filled);
      into.set(part, filled);
      filled += part.length;
      if (part.length < piece.length) this.#again.unshift(piece.subarray(part.length));
      if (filled === into.length) return filled;
    }
    if (this.#ended) return filled;
    this.#reading = this.#readOn(into.subarray(filled));
    const length = await this.#reading;
    this.#reading = undefined;
    return filled + length;
  }

  close(): void {
    this.#source.close();
  }

  async #readOn(into: Uint8Array): Promise<number> {
    const restarts = this.#restarts;
    const length = await this.#source.read(into);
    this.#ended = length < into.length;
    const bytes = into.subarray(0, length);
    if (restarts !== this.#restarts) this.#again.push(bytes.slice());
    this.#keep(bytes);
    return length;
  }

  #keep(bytes: Uint8Array): void {
    if (!this.#kept) return;
    this.#kept.push(bytes.slice());
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
  }
}
