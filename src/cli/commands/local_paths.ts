/**
 * The local paths of a `get`, checked before any request. A list of files may come from somebody
 * else, so its names may do less than those on the command line: they replace nothing without
 * --clobber, and never lead out of the folder.
 */

import { basename, dirname, join, prefixOf } from "../../files/path_parts.ts";
import { LocalFileError } from "../../engine/errors.ts";
import { HashingSource } from "../../files/checked_source.ts";
import { openFileSource } from "../../files/file_source.ts";
import { ErrorCode } from "../../protocol/mod.ts";
import type { WantedFile } from "../args/command.ts";
import { quoted } from "../text/format.ts";
import { UsageError } from "../args/usage_error.ts";

export interface LocalPath {
  readonly remote: WantedFile;
  /** A path, or `-` for standard output. */
  readonly local: string;
}

/** Systems whose file systems usually ignore upper and lower case. */
const FOLDS_CASE = ["windows", "darwin"].includes(Deno.build.os);

/**
 * Refuses two files with the same local path, also through links, and files of a list that are
 * outside of their folder or not regular files.
 *
 * Throws `UsageError` for the first, `LocalFileError` for the others.
 */
export async function checkLocalPaths(paths: readonly LocalPath[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const { remote, local } of paths) {
    if (local === "-") continue;
    const place = await placeOf(local);
    const key = FOLDS_CASE ? place.real.normalize("NFC").toLowerCase() : place.real;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new UsageError(`${quoted(other)} and ${quoted(local)} would be the same file here`);
    }
    seen.set(key, local);
    if (remote.listed !== undefined) mustStay(place, remote.listed, local);
  }
}

interface Place {
  /** Links resolved, as far as the path exists. */
  readonly real: string;
  readonly folder: string;
  readonly isFile: boolean;
}

async function placeOf(local: string): Promise<Place> {
  const folder = await realOrSame(dirname(local));
  const info = await Deno.stat(local).catch(() => undefined);
  if (info === undefined) return { real: join(folder, basename(local)), folder, isFile: true };
  return { real: await realOrSame(local), folder, isFile: info.isFile };
}

/** Where Deno may not look, the path is used as it is. */
async function realOrSame(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

function mustStay({ real, folder, isFile }: Place, where: string, local: string): void {
  const fault = !real.startsWith(prefixOf(folder))
    ? `it is a link that leads to ${quoted(real)}`
    : isFile
    ? undefined
    : "it is not a regular file";
  if (fault === undefined) return;
  throw new LocalFileError(
    `${where} must not write ${quoted(local)}: ${fault}; give such a file as FILE instead`,
    local,
    ErrorCode.NotDefined,
  );
}

/**
 * Whether a file of a list may replace an existing one: only if that one already has the checksum
 * of the list, so that the same list can be run again.
 */
export async function isTheOneWanted(local: string, sha256: string | undefined): Promise<boolean> {
  if (sha256 === undefined) return false;
  const info = await Deno.stat(local).catch(() => undefined);
  if (!info?.isFile) return false;
  const hashing = new HashingSource(openFileSource(local));
  try {
    const buffer = new Uint8Array(256 * 1024);
    while (await hashing.read(buffer) === buffer.length);
    return hashing.hex === sha256;
  } finally {
    hashing.close();
  }
}
