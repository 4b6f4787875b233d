/**
 * Names without regard to case, and suggestions for a misspelt name. Both read folders, so both
 * have bounds: a client that asks for nonsense must not keep the server busy.
 */

import { join } from "./path_parts.ts";
import { MAX_WORD_LENGTH, nearest } from "./suggest.ts";
import { lstatOrNothing } from "./take_name.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** Entries of one folder that are compared. */
const MAX_ENTRIES = 5000;

/**
 * The parts of a name as they are spelt on the disk, if the last of them exists; otherwise
 * undefined. An exact spelling comes first; among several others, the first in order.
 */
export function spelling(
  root: string,
  parts: readonly string[],
  list: (folder: string) => Names = namesIn,
): string[] | undefined {
  const found: string[] = [];
  for (const part of parts) {
    const folder = join(root, ...found);
    const name = lstatOrNothing(join(folder, part)) ? part : sameLetters(list(folder), part);
    if (name === undefined) return undefined;
    found.push(name);
  }
  return found;
}

/** Like {@linkcode spelling}, for a new file: its folders as they are, its name as requested. */
export function spellingOfNew(root: string, parts: readonly string[]): string[] {
  const existing = spelling(root, parts);
  if (existing) return existing;
  const folders = spelling(root, parts.slice(0, -1));
  return folders ? [...folders, parts.at(-1)!] : [...parts];
}

/** A name under the root that may have been meant by one that does not exist. */
export function probableName(root: string, parts: readonly string[]): string | undefined {
  if (parts.some((part) => part.length > MAX_WORD_LENGTH)) return undefined;
  const folders = spelling(root, parts.slice(0, -1), recentNamesIn);
  if (!folders) return undefined;
  const wanted = parts.at(-1)!;
  const folder = join(root, ...folders);
  if (lstatOrNothing(join(folder, wanted))) return [...folders, wanted].join("/");
  const listed = recentNamesIn(folder);
  const { names, lower } = listed;
  const close = sameLetters(listed, wanted) ?? names[lower.indexOf(nearest(wanted, lower) ?? "")];
  return close === undefined ? undefined : [...folders, close].join("/");
}

/** The names in a folder, and the same without regard to case. */
interface Names {
  readonly names: readonly string[];
  readonly lower: readonly string[];
}

function sameLetters({ names, lower }: Names, part: string): string | undefined {
  const wanted = part.toLowerCase();
  return names.filter((_, at) => lower[at] === wanted).sort()[0];
}

/** Lists that were made for suggestions, by the folder. */
const recent = new Map<string, Names & { readonly madeMs: number; readonly changedMs: number }>();

/** Folders whose lists are kept. */
const MAX_RECENT = 4;

/** How long a list is kept: times of a folder are too coarse to show every change. */
const RECENT_MS = 1000;

/**
 * The names in a folder for a suggestion, which may be a moment old: to read 5000 names for each
 * misspelt one takes longer than to compare them.
 */
function recentNamesIn(folder: string): Names {
  const nowMs = performance.now();
  const changedMs = lstatOrNothing(folder)?.mtime?.getTime() ?? 0;
  const known = recent.get(folder);
  if (known && nowMs - known.madeMs < RECENT_MS && known.changedMs === changedMs) return known;
  recent.delete(folder);
  for (const oldest of recent.keys()) {
    if (recent.size < MAX_RECENT) break;
    recent.delete(oldest);
  }
  const made = { ...namesIn(folder), madeMs: nowMs, changedMs };
  recent.set(folder, made);
  return made;
}

function namesIn(folder: string): Names {
  const names: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (names.length === MAX_ENTRIES) break;
      if (!isTemporaryName(name)) names.push(name);
    }
  } catch {
    // No folder, or one that may not be listed: no suggestions.
  }
  return { names, lower: names.map((name) => name.toLowerCase()) };
}
