/**
 * Recently requested files, in memory: the machines of a lab boot together and ask for the same
 * few. A cached file is good for as long as its path leads to the same inode with the same size and
 * times, which one `stat` tells. A transfer keeps the bytes it started with, even if the file
 * changes.
 */

import { BytesSource } from "../engine/bytes_source.ts";
import type { SizedSource } from "../engine/source_sink.ts";
import type { FileTrace } from "./opener.ts";

/** Larger files are read as they are sent: reading one of these takes about a millisecond. */
export const MAX_CACHED_FILE_BYTES = 4 * 1024 * 1024;

/** Bytes in memory of all files, those included that only running transfers use. */
export const MAX_CACHE_BYTES = 32 * 1024 * 1024;

/**
 * A file that was changed this recently is not cached: the times of a file have steps of up to two
 * seconds, so its next change may not show.
 */
const SETTLED_MS = 3000;

/** The bytes of a file at one time. */
interface KeptFile {
  readonly trace: FileTrace;
  readonly bytes: Uint8Array;
  /** Number of transfers that send it. */
  users: number;
  /** Whether new transfers may get it. */
  current: boolean;
  /** Whether it was requested again since room was last looked for. */
  recent: boolean;
}

export class FileCache {
  /** Bytes in memory. */
  bytes = 0;
  /** Requested files that were in the cache. */
  hits = 0;
  /** Requested files that were not. */
  misses = 0;
  /**
   * By path; the next to be removed is the first, unless it is a recent one. To put each requested
   * file in the last place would cost more than to find it.
   */
  readonly #files = new Map<string, KeptFile>();
  readonly #maxBytes: number;
  readonly #today: () => number;

  /** `today` gives the time as the times of files do, in milliseconds since 1970. */
  constructor({ maxBytes = MAX_CACHE_BYTES, today = Date.now } = {}) {
    this.#maxBytes = maxBytes;
    this.#today = today;
  }

  /**
   * The file at a path, if it is cached and has not changed. It was verified for this path when it
   * was added, and the inode shows that it is still the same. `leadsTo` tells whether the path
   * still leads to a file in the same state.
   */
  open(path: string, leadsTo = statLeadsTo): SizedSource | undefined {
    const source = this.#open(path, leadsTo);
    if (source) this.hits++;
    else this.misses++;
    return source;
  }

  #open(path: string, leadsTo: typeof statLeadsTo): SizedSource | undefined {
    const file = this.#files.get(path);
    if (!file) return undefined;
    if (leadsTo(path, file.trace)) {
      file.recent = true;
      return this.#use(file);
    }
    this.#files.delete(path);
    this.#drop(file);
    return undefined;
  }

  /**
   * Reads a file that was just opened, if it is to be cached and there is room; `trace` is its
   * state before. Throws what the reading throws.
   */
  keep(
    path: string,
    trace: FileTrace,
    read: (into: Uint8Array) => unknown,
  ): SizedSource | undefined {
    const { size } = trace;
    // A change from now on shows, since it is later than these times.
    if (size > MAX_CACHED_FILE_BYTES || this.#today() - changedMs(trace) < SETTLED_MS) {
      return undefined;
    }
    if (!this.#makeRoom(size)) return undefined;
    const bytes = new Uint8Array(new ArrayBuffer(size));
    read(bytes);
    const file = { trace, bytes, users: 0, current: true, recent: false };
    this.bytes += size;
    this.#files.set(path, file);
    return this.#use(file);
  }

  /** Removes what nobody sends; what was requested again since the last time stays once more. */
  #makeRoom(size: number): boolean {
    if (size > this.#maxBytes) return false;
    for (const [path, file] of this.#files) {
      if (this.bytes + size <= this.#maxBytes) return true;
      if (file.users > 0) continue;
      this.#files.delete(path);
      if (file.recent) this.#files.set(path, file);
      else this.#drop(file);
      file.recent = false;
    }
    return this.bytes + size <= this.#maxBytes;
  }

  /** No new transfer gets it. */
  #drop(file: KeptFile): void {
    file.current = false;
    this.#freeIfUnused(file);
  }

  #use(file: KeptFile): SizedSource {
    file.users++;
    return new KeptSource(file, this);
  }

  /** Called by a transfer that is over. */
  release(file: KeptFile): void {
    file.users--;
    this.#freeIfUnused(file);
  }

  #freeIfUnused({ users, current, bytes }: KeptFile): void {
    if (users === 0 && !current) this.bytes -= bytes.length;
  }
}

/** A transfer's view of the bytes of a cached file. */
class KeptSource extends BytesSource {
  readonly #file: KeptFile;
  readonly #cache: FileCache;
  #open = true;

  constructor(file: KeptFile, cache: FileCache) {
    super(file.bytes);
    this.#file = file;
    this.#cache = cache;
  }

  get version(): string | undefined {
    return versionOf(this.#file.trace);
  }

  override close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cache.release(this.#file);
  }
}

/** Whether a path, links followed, leads to a file in this state, by a call of Deno's. */
export function statLeadsTo(path: string, trace: FileTrace): boolean {
  try {
    const { dev, ino, size, mtime, ctime } = Deno.statSync(path);
    return ino === trace.ino && dev === trace.dev && size === trace.size &&
      mtime?.getTime() === trace.mtime?.getTime() && ctime?.getTime() === trace.ctime?.getTime();
  } catch {
    // The next client that asks for it gets the reason.
    return false;
  }
}

/**
 * The state of a file; undefined where it was changed so recently that its next change may not
 * show.
 */
export function versionOf(trace: FileTrace, today: () => number = Date.now): string | undefined {
  if (today() - changedMs(trace) < SETTLED_MS) return undefined;
  const { dev, ino, size, mtime, ctime } = trace;
  return ["file", dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
}

/** Whether a version is the state of a local file. */
export function isFileVersion(version: string): boolean {
  return version.startsWith("file ");
}

/** When a file or its times were last changed; Infinity where the system does not say. */
function changedMs({ mtime, ctime }: FileTrace): number {
  return mtime === null ? Infinity : Math.max(mtime.getTime(), ctime?.getTime() ?? 0);
}
