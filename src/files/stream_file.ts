/** Pipes and devices, whose opening may wait for their other end. */

import { CancelledError } from "../protocol/mod.ts";
import { untilAborted } from "./aborted.ts";
import { localFileError } from "./file_error.ts";

/**
 * Opens a pipe or a device, and waits for its other end until `signal` is aborted. Throws
 * `LocalFileError` and `CancelledError`.
 */
export async function openStream(
  path: string,
  use: "read" | "write",
  signal?: AbortSignal,
): Promise<Deno.FsFile> {
  const opening = Deno.open(path, { [use]: true });
  try {
    return await untilAborted(opening, signal);
  } catch (error) {
    if (!(error instanceof CancelledError)) {
      throw localFileError(use === "read" ? "read" : "write to", path, error);
    }
    // The system still waits, and may open it after all.
    opening.then((file) => file.close(), () => {});
    throw error;
  }
}
