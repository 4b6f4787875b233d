/** What lies in a folder that takes uploads: how much, and what a crash has left behind. */

import { join } from "@std/path";
import { isTemporaryName } from "./temporary_name.ts";

/** Files and folders looked at; a tree beyond that is not counted to its end. */
const MAX_ENTRIES = 1_000_000;

/** What a file counts at least: it takes a block of the disk, and an entry of its folder. */
export const MIN_CHARGE_BYTES = 4096;

/** What a file of so many bytes counts. */
export function chargeOf(bytes: number): number {
  return Math.max(bytes, MIN_CHARGE_BYTES);
}

export interface Stock {
  /** What regular files count together, without the temporary ones. */
  bytes: number;
  /** Temporary files of uploads that nobody writes any more. */
  leftovers: string[];
}

/** Walks through a folder; links are not followed, and what can't be read is passed over. */
export function takeStock(folder: string, { sizes }: { sizes: boolean }): Stock {
  const stock: Stock = { bytes: 0, leftovers: [] };
  const folders = [folder];
  let looked = 0;
  // A file with several names takes its bytes once.
  const linked = new Set<string>();
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of entriesOf(next)) {
      if (++looked > MAX_ENTRIES) return stock;
      const path = join(next, entry.name);
      if (entry.isDirectory) folders.push(path);
      else if (!entry.isFile) continue;
      else if (!isTemporaryName(entry.name)) stock.bytes += sizes ? charge(path, linked) : 0;
      else if (!isBeingWritten(path)) stock.leftovers.push(path);
    }
  }
  return stock;
}

/** Removes what a crash has left behind; returns how many files that were. */
export function removeLeftovers(folder: string): number {
  let removed = 0;
  for (const path of takeStock(folder, { sizes: false }).leftovers) {
    try {
      Deno.removeSync(path);
      removed++;
    } catch {
      // Somebody else's, or gone: no reason not to serve.
    }
  }
  return removed;
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

/** An upload holds a lock on its file as long as its process lives. */
function isBeingWritten(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    return file.tryLockSync?.(true) === false;
  } catch {
    return false;
  }
}
