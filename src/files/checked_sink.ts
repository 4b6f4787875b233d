/** Sinks that check what passes through them, and refuse to store a wrong file. */

import type { Sink } from "../engine/source_sink.ts";
import { ChecksumError, SizeError, TooLargeError } from "../engine/errors.ts";
import { Sha256 } from "./sha256.ts";

export interface SizeRules {
  /** The size that the server has announced (RFC 2349), as far as it is known yet. */
  announced(): number | undefined;
  /** The largest size allowed. */
  readonly maxBytes?: number;
}

/**
 * The most that is accepted from a server that announced no size, unless more is allowed: as much
 * as the largest blocks carry with 65,536 block numbers. An endless file would fill the disk, and
 * Deno tells the free space only with `--allow-sys=statfs` (`RoomSink`).
 */
export const MAX_UNANNOUNCED_BYTES = 4 * 1024 ** 3;

/**
 * Checks the size that the server has announced. RFC 2349 allows the answer 0 only for an empty
 * file, but some servers just repeat the 0 of the request, so 0 says nothing.
 */
export class SizedSink implements Sink {
  readonly #sink: Sink;
  readonly #rules: SizeRules;
  #bytes = 0;

  constructor(sink: Sink, rules: SizeRules) {
    this.#sink = sink;
    this.#rules = rules;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    this.#bytes += bytes.length;
    const announced = this.#rules.announced();
    this.#mustBeSmall(Math.max(this.#bytes, announced ?? 0));
    // At once, and not at the end: a server that never stops would fill the disk.
    if (announced && this.#bytes > announced) {
      throw new SizeError(`Server announced ${announced} bytes, but sends more`);
    }
    return this.#sink.write(bytes);
  }

  commit(): void | PromiseLike<void> {
    const announced = this.#rules.announced();
    if (announced && this.#bytes !== announced) {
      throw new SizeError(`Server announced ${announced} bytes, but sent ${this.#bytes}`);
    }
    return this.#sink.commit();
  }

  abandon(): void {
    this.#sink.abandon();
  }

  #mustBeSmall(bytes: number): void {
    const { maxBytes } = this.#rules;
    if (maxBytes !== undefined && bytes > maxBytes) throw new TooLargeError(maxBytes);
    if (maxBytes !== undefined || this.#rules.announced()) return;
    if (bytes <= MAX_UNANNOUNCED_BYTES) return;
    const error = new TooLargeError(MAX_UNANNOUNCED_BYTES);
    error.message = "The server announced no size and sends more than 4 GiB";
    throw error;
  }
}

/**
 * Computes the SHA-256 of the file, and compares it with the expected one.
 *
 * ```ts
 * import { ChecksumError, HashingSink, type Sink } from "@tftp/tftp";
 *
 * const nowhere: Sink = { write() {}, commit() {}, abandon() {} };
 * const sink = new HashingSink(nowhere, "0".repeat(64));
 * await sink.write(new TextEncoder().encode("hello"));
 * try {
 *   await sink.commit();
 * } catch (error) {
 *   if (!(error instanceof ChecksumError)) throw error;
 * }
 * if (!sink.hex.startsWith("2cf24dba")) throw new Error(sink.hex);
 * ```
 */
export class HashingSink implements Sink {
  readonly #sink: Sink;
  readonly #expected: string | undefined;
  readonly #hash = new Sha256();

  /** `expected` in lower-case hexadecimal. */
  constructor(sink: Sink, expected?: string) {
    this.#sink = sink;
    this.#expected = expected;
  }

  /** The hash, once everything was written. */
  get hex(): string {
    return this.#hash.hex;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    this.#hash.add(bytes);
    return this.#sink.write(bytes);
  }

  commit(): void | PromiseLike<void> {
    if (this.#expected !== undefined && this.hex !== this.#expected) {
      throw new ChecksumError(this.#expected, this.hex);
    }
    return this.#sink.commit();
  }

  abandon(): void {
    this.#sink.abandon();
  }
}

/**
 * Passes the first bytes of a file to a callback, once.
 *
 * ```ts
 * import { SniffedSink } from "@tftp/tftp";
 * import { MemorySink } from "@tftp/tftp/testing";
 *
 * const file = new MemorySink();
 * let isGzip = false;
 * const sink = new SniffedSink(file, ([first, second]) => isGzip = first === 31 && second === 139);
 * await sink.write(new Uint8Array([31, 139, 8]));
 * await sink.commit();
 * if (!isGzip || file.bytes.length !== 3) throw new Error("it saw them, and handed them on");
 * ```
 */
export class SniffedSink implements Sink {
  readonly #sink: Sink;
  #sniff: ((bytes: Uint8Array) => void) | undefined;

  /** `sniff` gets the first bytes, before they are written. */
  constructor(sink: Sink, sniff: (bytes: Uint8Array) => void) {
    this.#sink = sink;
    this.#sniff = sniff;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    this.#sniff?.(bytes);
    this.#sniff = undefined;
    return this.#sink.write(bytes);
  }

  commit(): void | PromiseLike<void> {
    return this.#sink.commit();
  }

  abandon(): void {
    this.#sink.abandon();
  }
}
