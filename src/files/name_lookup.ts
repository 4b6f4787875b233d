/**
 * Names without regard to case, and the name that was probably meant. Both look into folders, so
 * both are bounded: a client that asks for nonsense must not keep the server busy with reading
 * them.
 */

import { join } from "./path_parts.ts";
import { nearest } from "./suggest.ts";
import { lstatOrNothing } from "./take_name.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** Entries of one folder that are looked at. */
const MAX_ENTRIES = 5000;

/**
 * The parts of a name as they are spelt on the disk, where the last of them exists; undefined where
 * it does not. An exact spelling wins; among several others the first in order does.
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

/** Like {@linkcode spelling}, for a file to be made: its folders as they are, its name as asked. */
export function spellingOfNew(root: string, parts: readonly string[]): string[] {
  const existing = spelling(root, parts);
  if (existing) return existing;
  const folders = spelling(root, parts.slice(0, -1));
  return folders ? [...folders, parts.at(-1)!] : [...parts];
}

/** A name under the root that may have been meant instead of one that is not there. */
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
    // No folder, or one that may not be listed: it has no names to offer.
  }
  return names;
}
