/** Checks the templates of a folder at the start, so that mistakes are reported then. */

import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "../files/file_error.ts";
import { parseGlob } from "./glob.ts";
import { type PlaceName, placesIn } from "./template.ts";
import { MAX_TEMPLATE_BYTES } from "./template_handler.ts";

/** Names that are checked at the start; further ones are checked when they are requested. */
const MAX_NAMES = 100_000;

/**
 * Checks every file below a folder whose name matches. Links are not followed. Throws a
 * `LocalFileError` for the first mistake, and a `SyntaxError` for an invalid pattern.
 *
 * @returns what the templates need to know.
 */
export function checkTemplates(
  root: string,
  patterns: readonly string[],
  ignoreCase: boolean,
): ReadonlySet<PlaceName> {
  const globs = patterns.map(parseGlob);
  const places = new Set<PlaceName>();
  let names = 0;
  const folders = [""];
  for (const folder of folders) {
    for (const entry of entriesOf(`${root}/${folder}`)) {
      if (++names > MAX_NAMES) return places;
      const name = folder + entry.name;
      if (entry.isDirectory) folders.push(`${name}/`);
      if (!entry.isFile || !globs.some((matches) => matches(name, ignoreCase))) continue;
      for (const place of placesOf(`${root}/${name}`)) places.add(place);
    }
  }
  return places;
}

/** A folder that can't be read serves nothing either. */
function entriesOf(path: string): Iterable<Deno.DirEntry> {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

function placesOf(path: string): PlaceName[] {
  let bytes: Uint8Array;
  try {
    if (Deno.statSync(path).size > MAX_TEMPLATE_BYTES) {
      const reason = `"${path}" is too large for a template: ${MAX_TEMPLATE_BYTES} bytes at most`;
      throw new LocalFileError(reason, path, 0);
    }
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw localFileError("read", path, error);
  }
  try {
    return placesIn(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new LocalFileError(`template "${path}": ${(error as Error).message}`, path, 0, error);
  }
}
