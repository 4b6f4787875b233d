/**
 * A lock on a folder: among the uploads of this thread, of other threads, and of other servers on
 * the same folder. It is a lock of the system on a file of its own, so it ends with the process
 * that holds it. The next process locks the file that a killed process leaves.
 */

import { join } from "./path_parts.ts";
import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError } from "../engine/errors.ts";
import { LOCK_NAME } from "./temporary_name.ts";

/** The lock is held for a few system calls. */
const RETRY_MS = 4;

/** Only a process that was stopped during these calls holds it for so long. */
const MAX_WAIT_MS = 10_000;

/**
 * Runs `work` while no one else does so in this folder. Rejects with what `work` throws, or with a
 * `LocalFileError` when the lock can't be taken.
 */
export async function withFolderLock<T>(folder: string, work: () => T): Promise<T> {
  const path = join(folder, LOCK_NAME);
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += RETRY_MS) {
    const file = await take(path);
    if (file) {
      try {
        return work();
      } finally {
        release(file, path);
      }
    }
    // Not by setTimeout, which is in a Node module that a client would load for this alone.
    await new Promise((resolve) =>
      AbortSignal.timeout(RETRY_MS).addEventListener("abort", resolve, { once: true })
    );
  }
  throw new LocalFileError(
    `Cannot save in "${folder}": another server has held "${path}" for ${MAX_WAIT_MS / 1000} s; ` +
      "remove it if no other server is running",
    folder,
    ErrorCode.NotDefined,
  );
}

/** The lock file, open and locked; undefined while another process has the lock. */
async function take(path: string): Promise<Deno.FsFile | undefined> {
  const opened = openOrNothing(path);
  if (!opened) return undefined;
  const { file, isNew } = opened;
  // Where there are no locks, creating the file is the lock.
  const isOurs = await tryLock(file) ?? isNew;
  // The last holder has removed it: this locked file has no name any more.
  if (isOurs && isAt(file, path)) return file;
  file.close();
  return undefined;
}

/** The lock file; undefined when it was removed during the search. */
function openOrNothing(path: string): { file: Deno.FsFile; isNew: boolean } | undefined {
  const options = { read: true, write: true };
  try {
    const file = Deno.openSync(path, { ...options, createNew: true, mode: 0o600 });
    return { file, isNew: true };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  try {
    return { file: Deno.openSync(path, options), isNew: false };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function release(file: Deno.FsFile, path: string): void {
  try {
    // While it is still locked: later it could be that of the next holder.
    Deno.removeSync(path);
  } finally {
    file.close();
  }
}

/** Whether the lock was free; undefined where the file system has no locks. */
async function tryLock(file: Deno.FsFile): Promise<boolean | undefined> {
  try {
    if (typeof file.tryLockSync === "function") return file.tryLockSync(true);
    // An older Deno can only wait for a lock, without blocking this thread.
    await file.lock(true);
    return true;
  } catch {
    return undefined;
  }
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    const [opened, here] = [file.statSync(), Deno.lstatSync(path)];
    return opened.ino === here.ino && opened.dev === here.dev;
  } catch {
    return false;
  }
}
