/** The content of a folder that takes uploads: its size, and what a crash has left behind. */

import { join } from "./path_parts.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** The most files and folders counted; a larger tree is not counted to its end. */
const MAX_ENTRIES = 1_000_000;

/** How old a temporary file must be that can't be locked. */
const UNLOCKED_RESTED_MS = 3_600_000;

/** The least that a file counts: a block of the disk, and an entry of its folder. */
export const MIN_CHARGE_BYTES = 4096;

/** What a file of so many bytes counts. */
export function chargeOf(bytes: number): number {
  return Math.max(bytes, MIN_CHARGE_BYTES);
}

/** What all files in and below a folder count, without temporary ones. */
export function stockOf(folder: string): number {
  let bytes = 0;
  // A file with several names counts once.
  const linked = new Set<string>();
  for (const { name, path } of filesIn(folder)) {
    if (!isTemporaryName(name)) bytes += charge(path, linked);
  }
  return bytes;
}

/** Which temporary files are leftovers. */
export interface LeftoverRules {
  /** Whether to look in folders below, too. @default {true} */
  readonly below?: boolean;
  /** How long it must not have been written to, in milliseconds. @default {0} */
  readonly restedMs?: number;
}

/** Removes temporary files of processes that have ended; returns how many. */
export function removeLeftovers(folder: string, rules: LeftoverRules = {}): number {
  let removed = 0;
  for (const { name, path } of filesIn(folder, rules)) {
    if (isTemporaryName(name) && removeIfLeft(path, rules)) removed++;
  }
  return removed;
}

/** Links are not followed, and what can't be read is skipped. */
function* filesIn(
  folder: string,
  { below = true }: LeftoverRules = {},
): Iterable<{ name: string; path: string }> {
  const folders = [folder];
  let looked = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const { name, isFile, isDirectory } of entriesOf(next)) {
      if (++looked > MAX_ENTRIES) return;
      const path = join(next, name);
      if (isDirectory && below) folders.push(path);
      else if (isFile) yield { name, path };
    }
  }
}

/**
 * A process that writes a temporary file holds a lock on it. Where there are no locks, the only
 * sign of a leftover is that nobody has written to it for long.
 */
function removeIfLeft(path: string, { restedMs = 0 }: LeftoverRules): boolean {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    const { mtime } = file.statSync();
    const ageMs = Date.now() - (mtime?.getTime() ?? Date.now());
    const isFree = tryLock(file);
    if (isFree === false || ageMs < (isFree ? restedMs : UNLOCKED_RESTED_MS)) return false;
    // While it is locked: a process that has just made it then makes another one.
    Deno.removeSync(path);
    return true;
  } catch {
    // It belongs to another user, or is gone.
    return false;
  }
}

/** Whether nobody has locked it; undefined where that is not known. */
function tryLock(file: Deno.FsFile): boolean | undefined {
  try {
    return file.tryLockSync?.(true);
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return [];
  }
}

function charge(path: string, linked: Set<string>): number {
  try {
    const { size, nlink, dev, ino } = Deno.lstatSync(path);
    if ((nlink ?? 1) > 1) {
      const identity = `${dev}:${ino}`;
      if (linked.has(identity)) return 0;
      linked.add(identity);
    }
    return chargeOf(size);
  } catch {
    return 0;
  }
}
