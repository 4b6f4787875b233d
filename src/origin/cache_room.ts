/**
 * The room in the folder of a cache: how much is in it, and which copies are removed for others.
 * All of it is called while the folder's lock is held.
 *
 * To look at 10,000 files takes a quarter of a second. So the folder has a file of counts, which
 * every process keeps, and each process remembers which copies are next to be removed.
 */

import { join } from "../files/path_parts.ts";
import { lstatIfThere } from "../files/take_name.ts";
import { type Counts, COUNTS_BYTES, readCounts, writeCounts } from "./cache_counts.ts";

/** The most files in the folder, however small they are. */
export const MAX_CACHED_FILES = 10_000;

/**
 * After so long all files are looked at again: somebody else may have added or removed some. A
 * server that starts looks too.
 */
const LISTED_AGAIN_MS = 600_000;

/** How many of the copies that were requested least recently are remembered. */
const MAX_REMEMBERED = 1000;

/** The file is larger than the cache. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
}

interface Listed {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
  readonly grows: boolean;
}

export class CacheRoom {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Copies as they were listed, the least recently requested last. */
  #oldest: Listed[] = [];

  /** `maxBytes` is the limit for everything in the folder. */
  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes - COUNTS_BYTES;
  }

  /** All files of the cache. */
  list(): Listed[] {
    const files: Listed[] = [];
    for (const { name } of Deno.readDirSync(this.#folder)) {
      if (!/^[0-9a-f]{40}\.(file|part)$/.test(name)) continue;
      const file = look(join(this.#folder, name));
      if (file) files.push(file);
    }
    return files;
  }

  /** Counts all files. */
  count(files = this.list()): Counts {
    const copies = files.filter(({ grows }) => !grows);
    const held = bytesOf(copies);
    this.#oldest = copies.sort((a, b) => a.usedMs - b.usedMs).slice(0, MAX_REMEMBERED).reverse();
    const counts = {
      ...{ copies: held, growing: bytesOf(files) - held, files: files.length },
      listedMs: Date.now(),
    };
    writeCounts(this.#folder, counts);
    return counts;
  }

  /** The folder has changed: more of this, or less. */
  changed(by: Partial<Omit<Counts, "listedMs">>): void {
    const counts = readCounts(this.#folder);
    if (!counts) return;
    writeCounts(this.#folder, {
      copies: counts.copies + (by.copies ?? 0),
      growing: counts.growing + (by.growing ?? 0),
      files: counts.files + (by.files ?? 0),
      listedMs: counts.listedMs,
    });
  }

  /**
   * Removes copies until there is room for so many bytes more of a file that grows, and counts
   * them. Throws a {@linkcode NoRoomError}, and then it has removed nothing.
   */
  make(more: number): void {
    if (more > this.#maxBytes) throw new NoRoomError();
    let counts = this.#recent() ?? this.count();
    if (counts.growing + more > this.#maxBytes) counts = this.count();
    if (counts.growing + more > this.#maxBytes) throw new NoRoomError();
    counts = this.#remove(counts, more);
    // Before the file gets longer: a process that is killed here has counted too much.
    writeCounts(this.#folder, { ...counts, growing: counts.growing + more });
  }

  #remove(told: Counts, more: number): Counts {
    let [counts, hasListed] = [told, false];
    while (!this.#fits(counts, more)) {
      const oldest = this.#oldest.pop();
      if (oldest) {
        const freed = removeUnused(oldest);
        if (freed === undefined) continue;
        counts = { ...counts, copies: counts.copies - freed, files: counts.files - 1 };
      } else if (hasListed) {
        break;
      } else {
        counts = this.count();
        hasListed = true;
      }
    }
    return counts;
  }

  #fits({ copies, growing, files }: Counts, more: number): boolean {
    return copies + growing + more <= this.#maxBytes && files < MAX_CACHED_FILES;
  }

  #recent(): Counts | undefined {
    const counts = readCounts(this.#folder);
    if (!counts) return undefined;
    const agoMs = Date.now() - counts.listedMs;
    return agoMs >= 0 && agoMs < LISTED_AGAIN_MS ? counts : undefined;
  }
}

/** The file as it is now; undefined where there is none. */
function look(path: string): Listed | undefined {
  const found = lstatIfThere(path);
  if (!found) return undefined;
  const usedMs = found.atime?.getTime() ?? 0;
  return { path, bytes: found.size, usedMs, grows: path.endsWith(".part") };
}

/**
 * Removes a copy that nobody has requested since it was listed; returns its bytes, or undefined
 * where it stays or is gone.
 */
function removeUnused({ path, usedMs }: Listed): number | undefined {
  const now = look(path);
  if (!now || now.usedMs !== usedMs) return undefined;
  return remove(path) === 1 ? now.bytes : undefined;
}

/** Removes files; returns how many. */
export function remove(path: string): number {
  try {
    Deno.removeSync(path);
    return 1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function bytesOf(files: readonly Listed[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
