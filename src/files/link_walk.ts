/** Where links lead. */

import { dirname, isAbsolute, join, SEPARATOR } from "@std/path";
import { isWithin } from "./path_parts.ts";
import { lstatOrNothing } from "./take_name.ts";

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/**
 * Whether a path below `root` (links resolved) that can't be opened leads out of it through links.
 * They are followed as far as they exist.
 */
export function leadsOut(root: string, parts: readonly string[]): boolean {
  const left = [...parts];
  let at = root;
  let links = 0;
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === "." || part === "") continue;
    if (part === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, part);
    // The path to the root is known, and Deno may not be allowed to look at it.
    const target = isWithin(next, root) ? undefined : linkTarget(next);
    if (target === undefined) {
      if (!isWithin(next, root) && !lstatOrNothing(next)) break;
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) break;
    left.unshift(...target.split(SEPARATOR));
    if (isAbsolute(target)) at = SEPARATOR;
  }
  return !isWithin(root, at);
}

/** Whether a name below `root` (links resolved) is a folder, or a link to one below it. */
export function isFolderBelow(root: string, name: string): boolean {
  const path = join(root, name);
  const found = lstatOrNothing(path);
  if (!found?.isSymlink) return found?.isDirectory ?? false;
  try {
    return isWithin(root, Deno.realPathSync(path)) && Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}
