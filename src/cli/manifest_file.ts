/** Reads the list that `--manifest` names. */

import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError } from "../engine/errors.ts";
import { quoted } from "./format.ts";
import { type ManifestEntry, parseManifest } from "./manifest.ts";
import { missing, read, refuseWithout } from "./permission.ts";

/**
 * Throws `LocalFileError` for a list that can't be read, `UsageError` for one that says nothing.
 */
export async function readManifest(path: string): Promise<ManifestEntry[]> {
  if (path === "-") {
    return parseManifest(await new Response(Deno.stdin.readable).text(), "the list on stdin");
  }
  refuseWithout(await missing([read(path)]));
  try {
    return parseManifest(await Deno.readTextFile(path), path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory)) {
      throw error;
    }
    throw new LocalFileError(
      `there is no list of files ${quoted(path)}; check the name after --manifest`,
      path,
      ErrorCode.NotDefined,
    );
  }
}
