/**
 * The names in folders, kept for a moment. To read 20,000 names takes 25 ms, and a client that asks
 * again and again for names that do not exist must not keep the server busy.
 */

import { basename, dirname, join } from "./path_parts.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** Of each name in a folder, by its lower case, the first spelling in order. */
export type Spellings = ReadonlyMap<string, string>;

/** Names of one folder that are compared. */
export const MAX_NAMES = 50_000;

/** Names that are kept, of all folders together: about 15 MB. */
export const MAX_KEPT_NAMES = 100_000;

/** What a folder counts, beside its names. */
const NAMES_PER_FOLDER = 100;

/** How long a list is kept although its folder seems unchanged: some file systems note no more. */
const KEPT_MS = 1000;

/** A list is kept this many times as long as it took to read: reading takes 5% of the time. */
const REST = 20;

/** But no longer than this: a computer that slept during a reading has not read for hours. */
const MAX_REST_MS = 10_000;

/** Of two changes within this time, a file system may show only the first. */
const TICK_MS = 20;

interface Kept {
  readonly spellings: Map<string, string>;
  readonly readAtMs: number;
  /** The least time until it is read again, even if the folder has changed. */
  readonly restMs: number;
  /** The last change of the folder before the reading; undefined if others may have followed. */
  readonly changedMs: number | undefined;
}

/** By the folder itself, not its path: a link to `.` makes many paths of one folder. */
const kept = new Map<string, Kept>();

/**
 * The names in a folder. A change is seen after {@linkcode REST} times the duration of a reading;
 * where the file system does not show it, after {@linkcode KEPT_MS}.
 */
export function spellingsIn(folder: string): Spellings {
  const found = identify(folder);
  if (!found) return new Map();
  const { id, changedMs } = found;
  const nowMs = performance.now();
  const known = kept.get(id);
  kept.delete(id);
  const list = known && isFresh(known, changedMs, nowMs) ? known : read(folder, changedMs, nowMs);
  // The last in order is the one that was used last.
  kept.set(id, list);
  if (list !== known) dropOldest();
  return list.spellings;
}

/** Adds a file that this thread has just made, so that it is found in any spelling at once. */
export function addName(path: string): void {
  if (kept.size === 0) return;
  const spellings = kept.get(identify(dirname(path))?.id ?? "")?.spellings;
  if (spellings) add(spellings, basename(path));
}

function isFresh(list: Kept, changedMs: number, nowMs: number): boolean {
  const { readAtMs, restMs } = list;
  const keptMs = list.changedMs === changedMs ? Math.max(KEPT_MS, restMs) : restMs;
  return nowMs - readAtMs < keptMs;
}

function read(folder: string, changedMs: number, nowMs: number): Kept {
  const isSettled = Date.now() - changedMs > TICK_MS;
  const spellings = new Map<string, string>();
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (spellings.size === MAX_NAMES) break;
      if (!isTemporaryName(name)) add(spellings, name);
    }
  } catch {
    // One that may not be listed: only exact names are found.
  }
  const readAtMs = performance.now();
  const restMs = Math.min(MAX_REST_MS, (readAtMs - nowMs) * REST);
  return { spellings, readAtMs, restMs, changedMs: isSettled ? changedMs : undefined };
}

function add(spellings: Map<string, string>, name: string): void {
  const lower = name.toLowerCase();
  const other = spellings.get(lower);
  if (other === undefined || name < other) spellings.set(lower, name);
}

function dropOldest(): void {
  let names = 0;
  for (const { spellings } of kept.values()) names += spellings.size + NAMES_PER_FOLDER;
  for (const [id, { spellings }] of kept) {
    if (names <= MAX_KEPT_NAMES) break;
    kept.delete(id);
    names -= spellings.size + NAMES_PER_FOLDER;
  }
}

/** Which folder it is, and when it changed; undefined for anything else. */
function identify(folder: string): { id: string; changedMs: number } | undefined {
  try {
    const { isDirectory, dev, ino, birthtime, mtime, ctime } = Deno.statSync(folder);
    if (!isDirectory) return undefined;
    const changedMs = Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0);
    // A new folder may get the number of one that was removed.
    const id = ino ? `${dev}:${ino}:${birthtime?.getTime()}` : join(folder);
    return { id, changedMs };
  } catch {
    return undefined;
  }
}
