/** Tests whether a folder takes files, before the server says that it does. */

import { join } from "./path_parts.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import { TemporaryFileSink } from "./file_sink.ts";
import { mustBeWritable } from "./node_fs.ts";

/** A block of the disk: fewer bytes may fit on a full disk. */
const TRIAL_BYTES = 4096;

/** How many folders and files in the folder are tried, where it takes no new file itself. */
const MAX_TRIED = 100;

/**
 * Writes a temporary file and removes it again: in the folder or, if that takes none, in one of its
 * folders, since uploads may go there only. With `inPlace` it is enough that a file of the folder
 * may be written.
 *
 * Throws {@linkcode LocalFileError} that says what to do.
 */
export function tryUploads(folder: string, { inPlace = false } = {}): void {
  const error = trial(folder);
  if (error === undefined) return;
  if (entriesIn(folder, "isDirectory").some((path) => trial(path) === undefined)) return;
  if (inPlace && entriesIn(folder, "isFile").some(mayBeWritten)) return;
  const cause = error instanceof LocalFileError ? error.cause ?? error : error;
  const { message, code } = localFileError("take uploads in", folder, cause);
  const advice = "Leave out --uploads, or use --upload-dir for a folder that can be written.";
  throw new LocalFileError(`${message}\n${advice}`, folder, code, error);
}

function trial(folder: string): unknown {
  try {
    const sink = new TemporaryFileSink(join(folder, "trial"), { overwrite: false });
    try {
      sink.write(new Uint8Array(TRIAL_BYTES));
    } finally {
      sink.abandon();
    }
  } catch (error) {
    return error;
  }
  return undefined;
}

function mayBeWritten(path: string): boolean {
  try {
    mustBeWritable(path);
    return true;
  } catch {
    return false;
  }
}

function entriesIn(folder: string, kind: "isDirectory" | "isFile"): string[] {
  const paths: string[] = [];
  try {
    for (const entry of Deno.readDirSync(folder)) {
      if (entry[kind]) paths.push(join(folder, entry.name));
      if (paths.length === MAX_TRIED) break;
    }
  } catch {
    // A folder that can't be listed is not known to take anything.
  }
  return paths;
}
