/** Names of files that belong to this program: they are neither served nor listed. */

import { dirname, join } from "./path_parts.ts";

/** Upper or lower case: some file systems do not distinguish them. */
const TEMPORARY_NAME = /^\.tftp-(?:[0-9a-f]{16}\.part|version\.lock)$/i;

/** The file in each folder that is locked while a name changes. */
export const LOCK_NAME = ".tftp-version.lock";

/** Whether a file name is that of a temporary file or a lock of ours. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** A path in the same folder that nobody else uses. */
export function temporaryNeighbour(path: string): string {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0]!;
  return join(dirname(path), `.tftp-${random.toString(16).padStart(16, "0")}.part`);
}
