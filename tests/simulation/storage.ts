/** Files that are only in memory, and that may be slow, or full. */

import type { SizedSource } from "../../src/engine/source_sink.ts";
import { LocalFileError } from "../../src/engine/errors.ts";
import { Later } from "../../src/engine/later.ts";
import { ErrorCode } from "../../src/protocol/mod.ts";
import type { FileSink } from "../../src/files/file_sink.ts";
import { Prng } from "../helpers/sim/prng.ts";
import type { VirtualTime } from "./virtual_time.ts";

const PATTERN = new Prng(1).bytes(1 << 20);

/** The content of a file: as good as random, and the same for the same size. */
export function contentOf(size: number): Uint8Array {
  if (size > PATTERN.length) throw new RangeError(`No content of ${size} bytes here`);
  return PATTERN.subarray(PATTERN.length - size);
}

/** How a file takes its time. */
export interface Disk {
  readonly time: VirtualTime;
  /** How long one read or write takes. */
  pace(): number;
}

/** Does something at once, or when the disk has got so far. */
function whenReady<T>({ time, pace }: Disk, act: () => T): T | PromiseLike<T> {
  const delayMs = pace();
  if (delayMs <= 0) return act();
  const later = new Later<T>();
  time.at(time.nowMs + delayMs, () => {
    try {
      later.resolve(act());
    } catch (error) {
      later.reject(error);
    }
  });
  return later;
}

export class MemorySource implements SizedSource {
  readonly size: number;
  readonly content?: Uint8Array;
  closed = false;
  readonly #disk: Disk;
  readonly #bytes: Uint8Array;
  #at = 0;

  /** With `inMemory` all of it may be sent from where it is. */
  constructor(content: Uint8Array, disk: Disk, inMemory = false) {
    this.#bytes = content;
    this.size = content.length;
    this.#disk = disk;
    if (inMemory) this.content = content;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    return whenReady(this.#disk, () => {
      const piece = this.#bytes.subarray(this.#at, this.#at + into.length);
      into.set(piece);
      this.#at += piece.length;
      return piece.length;
    });
  }

  close(): void {
    this.closed = true;
  }
}

/** Compares what is written with what it should be, instead of keeping it. */
export class MemorySink implements FileSink {
  written = 0;
  committed = false;
  abandoned = false;
  /** What is wrong with the file so far. */
  fault: string | undefined;
  readonly #disk: Disk;
  readonly #expected: Uint8Array;
  readonly #roomBytes: number;

  /** A disk with room for `roomBytes`. */
  constructor(expected: Uint8Array, disk: Disk, roomBytes = Infinity) {
    this.#expected = expected;
    this.#disk = disk;
    this.#roomBytes = roomBytes;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    return whenReady(this.#disk, () => {
      if (this.written + bytes.length > this.#roomBytes) {
        throw new LocalFileError("Disk is full", "file", ErrorCode.DiskFull);
      }
      if (this.committed) this.fault ??= `${bytes.length} bytes written after the commit`;
      const piece = this.#expected.subarray(this.written, this.written + bytes.length);
      if (!sameBytes(piece, bytes)) this.fault ??= `wrong bytes from ${this.written} on`;
      this.written += bytes.length;
    });
  }

  commit(): void | PromiseLike<void> {
    return whenReady(this.#disk, () => {
      if (this.committed) this.fault ??= "committed twice";
      if (this.abandoned) this.fault ??= "committed after it was abandoned";
      this.committed = true;
      if (this.written === this.#expected.length) return;
      this.fault ??= `committed ${this.written} bytes of ${this.#expected.length}`;
    });
  }

  abandon(): void {
    this.abandoned = true;
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
