/** The folder that takes uploads: the served one, or one below it. */

import { isWithin, join } from "./path_parts.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";

/**
 * A folder in or below a root whose links are resolved. Returns it with its links resolved; throws
 * {@linkcode LocalFileError} if it is none.
 */
export function uploadFolder(root: string, name = "."): string {
  const path = join(root, name);
  let reason = "it is not a folder below the served one";
  try {
    const real = Deno.realPathSync(path);
    if (isWithin(root, real) && Deno.statSync(real).isDirectory) return real;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw localFileError("take uploads in", path, error);
    }
    reason = "the folder does not exist: create it first";
  }
  throw new LocalFileError(`Cannot take uploads in "${path}": ${reason}`, path, 0);
}
