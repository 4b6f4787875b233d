/** Names of files that are no files of the user's: they are neither served nor listed. */

import { dirname, join } from "./path_parts.ts";

/** In any case of letters: some file systems don't tell them apart. */
const TEMPORARY_NAME = /^\.tftp-(?:[0-9a-f]{16}\.part|version\.lock)$/i;

/** Of the file in each folder that is locked while a name in it changes hands. */
export const LOCK_NAME = ".tftp-version.lock";

/** Whether a file name is one of our temporary neighbours, or a lock. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** A path beside `path` that nobody else has. */
export function temporaryNeighbour(path: string): string {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0]!;
  return join(dirname(path), `.tftp-${random.toString(16).padStart(16, "0")}.part`);
}
