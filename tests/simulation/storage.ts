/** Files that are only in memory, and that may be slow, or full. */

import { ErrorCode } from "../../src/protocol/mod.ts";
import { Prng } from "../helpers/prng.ts";

const PATTERN = new Prng(1).bytes(1 << 20);

/** The content of a file: as good as random, and the same for the same size. */
export function contentOf(size: number): Uint8Array {
  if (size > PATTERN.length) throw new RangeError(`No content of ${size} bytes here`);
  return PATTERN.subarray(PATTERN.length - size);
}

/** A local failure; the code is what the peer is told. */
export class StorageError extends Error {
  override name = "StorageError";
  readonly code: number = ErrorCode.DiskFull;
}

/** How long one read or write takes. */
export type Pace = () => number;

export class MemorySource {
  readonly pace: Pace;
  readonly #content: Uint8Array;
  #at = 0;

  constructor(content: Uint8Array, pace: Pace) {
    this.#content = content;
    this.pace = pace;
  }

  read(into: Uint8Array): number {
    const piece = this.#content.subarray(this.#at, this.#at + into.length);
    into.set(piece);
    this.#at += piece.length;
    return piece.length;
  }
}

/** Compares what is written with what it should be, instead of keeping it. */
export class MemorySink {
  readonly pace: Pace;
  written = 0;
  committed = false;
  /** What is wrong with the file so far. */
  fault: string | undefined;
  readonly #expected: Uint8Array;
  readonly #roomBytes: number;

  /** A disk with room for `roomBytes`. */
  constructor(expected: Uint8Array, pace: Pace, roomBytes = Infinity) {
    this.#expected = expected;
    this.pace = pace;
    this.#roomBytes = roomBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.written + bytes.length > this.#roomBytes) throw new StorageError("Disk is full");
    if (this.committed) this.fault ??= `${bytes.length} bytes written after the commit`;
    const piece = this.#expected.subarray(this.written, this.written + bytes.length);
    if (!sameBytes(piece, bytes)) this.fault ??= `wrong bytes from ${this.written} on`;
    this.written += bytes.length;
  }

  commit(): void {
    if (this.committed) this.fault ??= "committed twice";
    this.committed = true;
    if (this.written === this.#expected.length) return;
    this.fault ??= `committed ${this.written} bytes of ${this.#expected.length}`;
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
