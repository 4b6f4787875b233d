/**
 * Large files in the memory of this process: the system sends them from there, without a copy in
 * between. Only the system reads these bytes. Where a file has become shorter, or its disk fails,
 * its call returns an error; a read by this program would be a signal that ends the process.
 *
 * A file is mapped when it is requested for the second time. The first use of each page costs as
 * much as a read, and the system reads a file ahead better that is read in order. After that the
 * mapping stays for a while, because the machines of a lab ask for the same files. It shows what is
 * in the file now, so it needs no look at the file's times. But the disk space of a file that was
 * removed is not free before the mapping ends, so it does not stay for long.
 */

import type { Clock } from "../../engine/clock.ts";
import type { FileCalls } from "./file_calls.ts";

/** Smaller files are read: a mapping takes several system calls. */
export const MIN_MAPPED_BYTES = 1024 * 1024;

/** All mappings of a thread; they count as memory of the process. Further files are read. */
export const MAX_MAPPED_BYTES = 256 * 1024 * 1024;

/** Files that count as requested before. */
const MAX_KNOWN = 64;

/** How long a mapping stays that no transfer uses, in milliseconds. */
export const KEPT_MS = 10_000;

/** A file of one length. */
export interface MappedFile {
  readonly key: string;
  readonly address: number;
  readonly length: number;
  /** Number of transfers that send it. */
  users: number;
  /** Since when there is none. */
  unusedSinceMs: number;
}

export class MappedFiles {
  readonly #calls: FileCalls;
  readonly #clock: Pick<Clock, "nowMs" | "after">;
  readonly #files = new Map<string, MappedFile>();
  /** Keys of files that were requested, the one that came last at the end. */
  readonly #known = new Set<string>();
  #bytes = 0;
  #closed = false;
  #stopTimer: (() => void) | undefined;

  constructor(calls: FileCalls, clock: Pick<Clock, "nowMs" | "after">) {
    this.#calls = calls;
    this.#clock = clock;
  }

  /**
   * An open file, mapped; undefined where that can't be, or is not worth it. `key` is of this file
   * alone, and of this length.
   */
  take(fd: number, key: string, length: number): MappedFile | undefined {
    const file = this.#files.get(key) ?? this.#map(fd, key, length);
    if (file !== undefined) file.users++;
    return file;
  }

  /** Called by a transfer that is over. */
  release(file: MappedFile): void {
    file.users--;
    if (file.users > 0) return;
    file.unusedSinceMs = this.#clock.nowMs();
    if (this.#closed) this.#unmap(file);
    else this.#stopTimer ??= this.#clock.after(KEPT_MS, () => this.#unmapUnused());
  }

  /** Unmaps what no transfer uses, and from now on each file as soon as its last transfer ends. */
  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    for (const file of this.#files.values()) if (file.users === 0) this.#unmap(file);
  }

  #map(fd: number, key: string, length: number): MappedFile | undefined {
    if (length < MIN_MAPPED_BYTES || this.#closed || !this.#isKnown(key)) return undefined;
    if (this.#bytes + length > MAX_MAPPED_BYTES) return undefined;
    const address = this.#calls.map(fd, length);
    if (address === undefined) return undefined;
    const file = { key, address, length, users: 0, unusedSinceMs: 0 };
    this.#bytes += length;
    this.#files.set(key, file);
    return file;
  }

  /** Whether it was requested before. */
  #isKnown(key: string): boolean {
    const isKnown = this.#known.delete(key);
    this.#known.add(key);
    if (this.#known.size > MAX_KNOWN) {
      const [oldest] = this.#known;
      this.#known.delete(oldest!);
    }
    return isKnown;
  }

  /**
   * Nothing is unmapped sooner, even for want of room: what is queued to be sent may still refer to
   * it.
   */
  #unmapUnused(): void {
    this.#stopTimer = undefined;
    const nowMs = this.#clock.nowMs();
    let nextMs = Infinity;
    for (const file of this.#files.values()) {
      if (file.users > 0) continue;
      const untilMs = file.unusedSinceMs + KEPT_MS;
      if (untilMs <= nowMs) this.#unmap(file);
      else nextMs = Math.min(nextMs, untilMs);
    }
    if (nextMs === Infinity) return;
    this.#stopTimer = this.#clock.after(nextMs - nowMs, () => this.#unmapUnused());
  }

  #unmap({ key, address, length }: MappedFile): void {
    this.#files.delete(key);
    this.#bytes -= length;
    this.#calls.unmap(address, length);
  }
}
