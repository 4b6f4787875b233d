/**
 * How a complete file gets its name. Only link() and rename() decide between two processes that
 * want the same name: link() makes a name or fails when it is taken, and rename() replaces one file
 * by another, so that the name always leads to one of them.
 */

import { basename, dirname } from "./path_parts.ts";
import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError } from "../engine/errors.ts";

/** A file under its temporary name, and the name it is to have. */
export interface Naming {
  readonly temporary: string;
  readonly target: string;
}

/** Gives the file a new name. Throws `LocalFileError` 6 when the name is taken. */
export function takeNewName({ temporary, target }: Naming): void {
  try {
    Deno.linkSync(temporary, target);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || lstatOrNothing(target)) throw taken(target);
    // An abandoned file, whose commit took too long: the name must not lead to an empty one.
    if (error instanceof Deno.errors.NotFound) throw error;
    return reserveAndRename({ temporary, target });
  }
  removeQuietly(temporary);
}

/**
 * On a file system without hard links, such as FAT, creating the file shows whether it is taken.
 */
function reserveAndRename({ temporary, target }: Naming): void {
  try {
    Deno.openSync(target, { write: true, createNew: true }).close();
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? taken(target) : error;
  }
  try {
    Deno.renameSync(temporary, target);
  } catch (error) {
    removeQuietly(target);
    throw error;
  }
}

/**
 * Takes over the name of an existing file, which is kept under the next free number. Must be called
 * under the lock of the folder: between the two steps, another file could take the name and would
 * be lost. `from` is the first number to try.
 */
export function takeNameKeepingOld({ temporary, target }: Naming, from: number): void {
  // Otherwise the old file would get a number for nothing.
  Deno.lstatSync(temporary);
  keepOld(target, from);
  Deno.renameSync(temporary, target);
}

function keepOld(path: string, from: number): void {
  for (let number = from;; number++) {
    const beside = `${path}.${number}`;
    if (lstatOrNothing(beside)) continue;
    // A server that was killed between the two steps has already kept it.
    if (number > 1 && isSame(path, `${path}.${number - 1}`)) return;
    try {
      keepAs(path, beside);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      throw error;
    }
    const known = recent.get(path);
    if (known) known.next = number + 1;
    return;
  }
}

function keepAs(path: string, beside: string): void {
  try {
    Deno.linkSync(path, beside);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    if (error instanceof Deno.errors.NotFound) return;
    // A file system without hard links: for a moment, the old file has only its new name.
    Deno.renameSync(path, beside);
  }
}

/** What is known of the kept files of a name since its folder was listed. */
interface Known {
  readonly listedMs: number;
  next: number;
}

/** By the path of the file. */
const recent = new Map<string, Known>();

/** Names whose numbers are known. */
const MAX_RECENT = 1000;

/** How long: in this time, another program may have made a higher number. */
const RECENT_MS = 60_000;

/** Numbers of other servers that are stepped over before the folder is listed again. */
const MAX_STEPS = 100;

/**
 * One more than the highest number of a kept file of this name, as far as is known: to list a
 * folder of 20,000 files for each upload takes 80 ms.
 */
export async function nextNumber(path: string): Promise<number> {
  // There is nothing to keep. If another upload is faster, the first free number is right.
  if (!lstatOrNothing(path)) return 1;
  return knownNumber(path) ?? await listedNumber(path);
}

function knownNumber(path: string): number | undefined {
  const known = recent.get(path);
  if (!known || performance.now() - known.listedMs > RECENT_MS) return undefined;
  // Somebody has tidied up, and perhaps removed them all.
  if (!lstatOrNothing(`${path}.${known.next - 1}`)) return undefined;
  for (let number = known.next; number < known.next + MAX_STEPS; number++) {
    if (!lstatOrNothing(`${path}.${number}`)) return number;
  }
  return undefined;
}

async function listedNumber(path: string): Promise<number> {
  const listedMs = performance.now();
  let next = 1;
  const prefix = `${basename(path)}.`;
  for await (const { name } of Deno.readDir(dirname(path))) {
    const suffix = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    // As many digits as are exact: a client may upload "name.999999999" itself.
    if (/^[1-9]\d{0,14}$/.test(suffix)) next = Math.max(next, Number(suffix) + 1);
  }
  recent.delete(path);
  for (const oldest of recent.keys()) {
    if (recent.size < MAX_RECENT) break;
    recent.delete(oldest);
  }
  recent.set(path, { listedMs, next });
  return next;
}

/** What has this name, links not followed, or undefined; throws the system's other errors. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export function lstatOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function isSame(path: string, other: string): boolean {
  const [one, two] = [lstatOrNothing(path), lstatOrNothing(other)];
  return !!one && !!two && one.ino !== null && one.ino === two.ino && one.dev === two.dev;
}

function taken(target: string): LocalFileError {
  return new LocalFileError(`Cannot write "${target}": it exists`, target, ErrorCode.FileExists);
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The file has its name, as promised; the next start removes this one.
  }
}
