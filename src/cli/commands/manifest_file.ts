/** Reads the list of `--manifest`. */

import { ErrorCode } from "../../protocol/mod.ts";
import { LocalFileError } from "../../engine/errors.ts";
import { localFileError } from "../../files/file_error.ts";
import { quoted } from "../text/format.ts";
import { type ManifestEntry, parseManifest } from "../args/manifest.ts";
import { missing, read, refuseWithout } from "../permissions/permission.ts";

/** Twice the size of a list of a hundred thousand files with sums. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** Throws `LocalFileError` for a list that can't be read, and `UsageError` for an invalid one. */
export async function readManifest(path: string): Promise<ManifestEntry[]> {
  if (path === "-") {
    return parseManifest(await readUpTo(Deno.stdin.readable, path), "the list on stdin");
  }
  refuseWithout(await missing([read(path)]));
  return parseManifest(await readFile(path), path);
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    using file = await Deno.open(path);
    return await readUpTo(file.readable, path);
  } catch (error) {
    const { NotFound, IsADirectory } = Deno.errors;
    const what = error instanceof NotFound
      ? "does not exist: check the name"
      : error instanceof IsADirectory
      ? "is a folder: name a file"
      : undefined;
    if (what === undefined) throw localFileError("read", path, error);
    throw new LocalFileError(
      `the list ${quoted(path)} ${what} after --manifest`,
      path,
      ErrorCode.NotDefined,
    );
  }
}

async function readUpTo(stream: ReadableStream<Uint8Array>, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MAX_LIST_BYTES) {
      const most = `${MAX_LIST_BYTES / 1024 / 1024} MiB`;
      throw new LocalFileError(`the list ${quoted(path)} is larger than ${most}`, path, 0);
    }
    chunks.push(chunk.slice());
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
