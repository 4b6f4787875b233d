/**
 * Names without regard to case, and suggestions for a misspelt name. Both read folders, so both
 * have bounds: a client that asks for nonsense must not keep the server busy.
 */

import { type Spellings, spellingsIn } from "./folder_names.ts";
import { join } from "./path_parts.ts";
import { MAX_WORD_LENGTH, nearest } from "./suggest.ts";
import { lstatOrNothing } from "./take_name.ts";

/**
 * Parts of one name that may be spelt in another way, and so folders that are looked through for
 * it. With a link to `.`, a name could have 40 such parts.
 */
export const MAX_OTHER_SPELLINGS = 8;

/** Names of one folder that are compared for a suggestion. */
const MAX_COMPARED = 5000;

/**
 * The parts of a name as they are spelt on the disk, if the last of them exists; otherwise
 * undefined. An exact spelling comes first; among several others, the first in order.
 */
export function spelling(root: string, parts: readonly string[]): string[] | undefined {
  const found = foundParts(root, parts);
  return found.length === parts.length ? found : undefined;
}

/** Like {@linkcode spelling}, for a new file: its folders as they are, its name as requested. */
export function spellingOfNew(root: string, parts: readonly string[]): string[] {
  const found = foundParts(root, parts);
  return found.length < parts.length - 1 ? [...parts] : [...found, ...parts.slice(found.length)];
}

/** The first parts of a name, as they are spelt on the disk, up to one that does not exist. */
function foundParts(root: string, parts: readonly string[]): string[] {
  // Nearly all names are exact, and one call shows it.
  if (lstatOrNothing(join(root, ...parts))) return [...parts];
  const found: string[] = [];
  let folder = root;
  let others = 0;
  for (const part of parts) {
    const isExact = lstatOrNothing(join(folder, part)) !== undefined;
    if (!isExact && ++others > MAX_OTHER_SPELLINGS) break;
    const name = isExact ? part : otherSpelling(folder, part);
    if (name === undefined) break;
    found.push(name);
    folder = join(folder, name);
  }
  return found;
}

function otherSpelling(folder: string, part: string): string | undefined {
  const name = spellingsIn(folder).get(part.toLowerCase());
  // The list may be older than the removal of a file.
  return name !== undefined && lstatOrNothing(join(folder, name)) ? name : undefined;
}

/** A name under the root that may have been meant by one that does not exist. */
export function probableName(root: string, parts: readonly string[]): string | undefined {
  if (parts.some((part) => part.length > MAX_WORD_LENGTH)) return undefined;
  const found = foundParts(root, parts);
  if (found.length === parts.length) return found.join("/");
  if (found.length < parts.length - 1) return undefined;
  const spellings = spellingsIn(join(root, ...found));
  const close = nearest(parts.at(-1)!, firstOf(spellings));
  return close === undefined ? undefined : [...found, spellings.get(close)].join("/");
}

function firstOf(spellings: Spellings): string[] {
  const first: string[] = [];
  for (const lower of spellings.keys()) {
    if (first.push(lower) === MAX_COMPARED) break;
  }
  return first;
}
