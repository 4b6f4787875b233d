/**
 * The folder of the cache, which threads and other servers may share: who fetches which file, and
 * what is removed to make room. A process that fetches a file holds a lock of the system on it, and
 * the lock ends with the process. So a file without a lock was left by a killed process.
 */

import { withFolderLock } from "../files/folder_lock.ts";
import { lstatIfThere } from "../files/take_name.ts";
import { CacheRoom, remove } from "./cache_room.ts";
import { markTimes, pathsOf } from "./cached_file.ts";

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

export class CacheFolder {
  readonly path: string;
  readonly #room: CacheRoom;

  /** Makes the folder if there is none; `maxBytes` is the limit for everything in it. */
  constructor(path: string, maxBytes: number) {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    this.path = Deno.realPathSync(path);
    this.#room = new CacheRoom(this.path, maxBytes);
  }

  /** Removes what killed processes have left; returns the number of files. */
  async tidy(): Promise<number> {
    return await withFolderLock(this.path, () => {
      const files = this.#room.list();
      const left = files.filter(({ path, grows }) => !grows || !removeDead(path));
      this.#room.count(left);
      return files.length - left.length;
    });
  }

  /** The file of this key, to be fetched here, or being fetched by another process. */
  async claim(key: string): Promise<Claim> {
    const { part } = pathsOf(this.path, key);
    return await withFolderLock(this.path, () => {
      const there = openIfThere(part);
      if (there && !isFree(there)) return { ours: false, file: there };
      const dead = there?.statSync().size ?? 0;
      there?.close();
      if (there) remove(part);
      this.#room.changed({ growing: -dead, files: there ? 0 : 1 });
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
   * `NoRoomError`.
   */
  async reserve(file: Deno.FsFile, bytes: number): Promise<void> {
    await withFolderLock(this.path, () => {
      const more = bytes - file.statSync().size;
      if (more <= 0) return;
      this.#room.make(more);
      file.truncateSync(bytes);
    });
  }

  /** Gives back what was reserved beyond these bytes. */
  async shorten(file: Deno.FsFile, bytes: number, key: string): Promise<void> {
    if (file.statSync().size <= bytes) return;
    const { part } = pathsOf(this.path, key);
    await withFolderLock(this.path, () => {
      const less = file.statSync().size - bytes;
      file.truncateSync(bytes);
      if (isAt(file, part)) this.#room.changed({ growing: -less });
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
        const [size, old] = [file.statSync().size, lstatIfThere(whole)?.size];
        Deno.renameSync(part, whole);
        const copies = size - (old ?? 0);
        this.#room.changed({ copies, growing: -size, files: old === undefined ? 0 : -1 });
      }
      publishing.then();
      return isValid;
    });
  }

  /** Removes a file that stays incomplete, but not a later one of the same key. */
  async discard(file: Deno.FsFile, key: string): Promise<void> {
    const { part } = pathsOf(this.path, key);
    await withFolderLock(this.path, () => {
      if (isAt(file, part)) this.#removePart(part);
    });
  }

  /**
   * Removes the copy, and the file that is growing: its fetch, which may be another process's, goes
   * on for those who read it, and can't publish it.
   */
  async forget(key: string): Promise<void> {
    const { part, whole } = pathsOf(this.path, key);
    await withFolderLock(this.path, () => {
      this.#removePart(part);
      this.#removeCopy(whole);
    });
  }

  /** Removes the copy alone, where there is one. */
  async removeCopy(key: string): Promise<void> {
    const { whole } = pathsOf(this.path, key);
    if (!lstatIfThere(whole)) return;
    await withFolderLock(this.path, () => this.#removeCopy(whole));
  }

  #removeCopy(whole: string): void {
    const size = lstatIfThere(whole)?.size;
    if (size !== undefined) this.#room.changed({ copies: -size, files: -remove(whole) });
  }

  #removePart(part: string): void {
    const size = lstatIfThere(part)?.size;
    if (size !== undefined) this.#room.changed({ growing: -size, files: -remove(part) });
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
  const here = lstatIfThere(path);
  return here !== undefined && isSame(opened, here);
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

/** Removes a file that no process fetches; whether it did. */
function removeDead(path: string): boolean {
  using file = openIfThere(path);
  return file !== undefined && isFree(file) && remove(path) === 1;
}
