/** What lies in a folder that takes uploads: how much, and what a crash has left behind. */

import { join } from "@std/path";
import { isTemporaryName } from "./file_sink.ts";

/** Files and folders looked at; a tree beyond that is not counted to its end. */
const MAX_ENTRIES = 1_000_000;

export interface Stock {
  /** Bytes in regular files, without the temporary ones. */
  bytes: number;
  /** Temporary files of uploads that nobody writes any more. */
  leftovers: string[];
}

/** Walks through a folder; links are not followed, and what can't be read is passed over. */
export function takeStock(folder: string, { sizes }: { sizes: boolean }): Stock {
  const stock: Stock = { bytes: 0, leftovers: [] };
  const folders = [folder];
  let looked = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of entriesOf(next)) {
      if (++looked > MAX_ENTRIES) return stock;
      const path = join(next, entry.name);
      if (entry.isDirectory) folders.push(path);
      else if (!entry.isFile) continue;
      else if (!isTemporaryName(entry.name)) stock.bytes += sizes ? sizeOf(path) : 0;
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

function sizeOf(path: string): number {
  try {
    return Deno.lstatSync(path).size;
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
