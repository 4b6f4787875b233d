/**
 * The folder of the cache, which threads and other servers may share: who fetches which file, and
 * what is removed to make room. A process that fetches a file holds a lock of the system on it, and
 * the lock ends with the process. So a file without a lock was left by a killed process.
 */

import { withFolderLock } from "../files/folder_lock.ts";
import { join } from "../files/path_parts.ts";
import { markTimes, pathsOf } from "./cached_file.ts";

/** The most files in the folder, however small they are. */
export const MAX_CACHED_FILES = 10_000;

/** Where there are no locks: a file that has not grown for so long was left behind. */
const DEAD_MS = 600_000;

/** A file that grows, fetched by this thread or by another process. */
export interface Claim {
  readonly ours: boolean;
  readonly file: Deno.FsFile;
}

/** How a file is published. */
export interface Publishing {
  readonly key: string;
  /** For how long the copy is fresh, in milliseconds. */
  readonly freshMs: number;
  then(): void;
}

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

export class CacheFolder {
  readonly path: string;
  readonly #maxBytes: number;

  /** Makes the folder if there is none; `maxBytes` is the limit for everything in it. */
  constructor(path: string, maxBytes: number) {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    this.path = Deno.realPathSync(path);
    this.#maxBytes = maxBytes;
  }

  /** Removes what killed processes have left; returns the number of files. */
  async tidy(): Promise<number> {
    return await withFolderLock(this.path, () => {
      let removed = 0;
      for (const { path, grows } of this.#list()) {
        if (!grows) continue;
        const file = openIfThere(path);
        if (file && isFree(file)) removed += remove(path);
        file?.close();
      }
      return removed;
    });
  }

  /** The file of this key, to be fetched here, or being fetched by another process. */
  async claim(key: string): Promise<Claim> {
    const { part } = pathsOf(this.path, key);
    return await withFolderLock(this.path, () => {
      const there = openIfThere(part);
      if (there && !isFree(there)) return { ours: false, file: there };
      there?.close();
      if (there) remove(part);
      const file = Deno.openSync(part, { read: true, write: true, createNew: true, mode: 0o600 });
      try {
        lock(file);
      } catch (error) {
        file.close();
        throw error;
      }
      return { ours: true, file };
    });
  }

  /**
   * Reserves the whole length of a file, and removes others until all of them fit. Rejects with a
   * {@linkcode NoRoomError}.
   */
  async reserve(file: Deno.FsFile, bytes: number): Promise<void> {
    await withFolderLock(this.path, () => {
      const more = bytes - file.statSync().size;
      if (more <= 0) return;
      this.#makeRoom(more);
      file.truncateSync(bytes);
    });
  }

  /**
   * Gives a complete file its name, in one step with what `then` does; false where an upload has
   * made it invalid meanwhile.
   */
  async publish(file: Deno.FsFile, publishing: Publishing): Promise<boolean> {
    const { part, whole } = pathsOf(this.path, publishing.key);
    return await withFolderLock(this.path, () => {
      const isValid = isAt(file, part);
      if (isValid) {
        markTimes(part, Date.now(), Date.now() + publishing.freshMs);
        Deno.renameSync(part, whole);
      }
      publishing.then();
      return isValid;
    });
  }

  /** Removes a file that stays incomplete, but not a later one of the same key. */
  async discard(file: Deno.FsFile, key: string): Promise<void> {
    const { part } = pathsOf(this.path, key);
    await withFolderLock(this.path, () => isAt(file, part) && remove(part));
  }

  /**
   * Removes the copy, and the file that is growing: its fetch, which may be another process's, goes
   * on for those who read it, and can't publish it.
   */
  async forget(key: string): Promise<void> {
    const { part, whole } = pathsOf(this.path, key);
    await withFolderLock(this.path, () => {
      remove(part);
      remove(whole);
    });
  }

  #makeRoom(bytes: number): void {
    const files = this.#list();
    const copies = files.filter(({ grows }) => !grows).sort((a, b) => a.usedMs - b.usedMs);
    let held = files.reduce((sum, file) => sum + file.bytes, 0);
    const fixed = held - copies.reduce((sum, file) => sum + file.bytes, 0);
    if (fixed + bytes > this.#maxBytes) throw new NoRoomError();
    let count = files.length;
    for (const { path, bytes: freed } of copies) {
      if (held + bytes <= this.#maxBytes && count < MAX_CACHED_FILES) break;
      remove(path);
      held -= freed;
      count--;
    }
  }

  #list(): Listed[] {
    const files: Listed[] = [];
    for (const { name } of Deno.readDirSync(this.path)) {
      if (!/^[0-9a-f]{40}\.(file|part)$/.test(name)) continue;
      const path = join(this.path, name);
      try {
        const { size, atime } = Deno.lstatSync(path);
        const usedMs = atime?.getTime() ?? 0;
        files.push({ path, bytes: size, usedMs, grows: name.endsWith(".part") });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return files;
  }
}

/** The file, to read and write; undefined where there is none. */
export function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether this path leads to the open file. */
export function isAt(file: Deno.FsFile, path: string): boolean {
  return isStillAt(file.statSync(), path);
}

/** Whether this path leads to a file that was open once. */
export function isStillAt(opened: Deno.FileInfo, path: string): boolean {
  try {
    return isSame(opened, Deno.lstatSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether both are of one file. */
export function isSame(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** Whether no process fetches the file any more. */
export function isFree(file: Deno.FsFile): boolean {
  try {
    if (!file.tryLockSync(true)) return false;
    file.unlockSync();
    return true;
  } catch {
    // An older Deno, or a file system without locks.
    return Date.now() - (file.statSync().mtime?.getTime() ?? 0) > DEAD_MS;
  }
}

function lock(file: Deno.FsFile): void {
  try {
    file.tryLockSync(true);
  } catch {
    // Then the time of its last change shows whether somebody writes to it.
  }
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
