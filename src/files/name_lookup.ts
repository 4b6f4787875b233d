/**
 * Names without regard to case, and suggestions for a misspelt name. Both read folders, so both
 * have bounds: a client that asks for nonsense must not keep the server busy.
 */

import { join } from "./path_parts.ts";
import { nearest } from "./suggest.ts";
import { lstatOrNothing } from "./take_name.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** Entries of one folder that are compared. */
const MAX_ENTRIES = 5000;

/**
 * The parts of a name as they are spelt on the disk, if the last of them exists; otherwise
 * undefined. An exact spelling comes first; among several others, the first in order.
 */
export function spelling(root: string, parts: readonly string[]): string[] | undefined {
  const found: string[] = [];
  for (const part of parts) {
    const folder = join(root, ...found);
    const name = lstatOrNothing(join(folder, part)) ? part : sameLetters(folder, part);
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
  const otherwise = spelling(root, parts);
  if (otherwise) return otherwise.join("/");
  const folders = spelling(root, parts.slice(0, -1));
  if (!folders) return undefined;
  const names = namesIn(join(root, ...folders));
  const lower = names.map((name) => name.toLowerCase());
  const close = names[lower.indexOf(nearest(parts.at(-1)!, lower) ?? "")];
  return close === undefined ? undefined : [...folders, close].join("/");
}

function sameLetters(folder: string, part: string): string | undefined {
  const wanted = part.toLowerCase();
  return namesIn(folder).filter((name) => name.toLowerCase() === wanted).sort()[0];
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (names.length === MAX_ENTRIES) break;
      if (!isTemporaryName(name)) names.push(name);
    }
  } catch {
    // No folder, or one that may not be listed: no suggestions.
  }
  return names;
}
