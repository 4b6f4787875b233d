/**
 * The local files of `put`: opened and checked before the first of them is sent. They stay open
 * until they are sent, so that the file that was checked is the one that is sent.
 */

import type { Source } from "../../engine/source_sink.ts";
import {
  isStream,
  openFileSource,
  openStreamSource,
  openVerifiedSource,
  stdinSource,
} from "../../files/file_source.ts";
import type { OfferedFile } from "../args/command.ts";

/** More files than this are closed after the check, and reopened when they are sent. */
const MAX_OPEN = 64;

export class OfferedFiles {
  readonly #open = new Map<OfferedFile, Source>();

  /** Opens a file and compares its hash. Throws `LocalFileError` and `ChecksumError`. */
  async check(file: OfferedFile): Promise<void> {
    const { local, sha256 } = file;
    // Opening a pipe waits for its writer, and some devices would lose their first bytes.
    if (local === "-" || await isStream(local)) return;
    const source = sha256 === undefined
      ? openFileSource(local)
      : await openVerifiedSource(local, sha256);
    if (this.#open.size < MAX_OPEN) this.#open.set(file, source);
    else source.close();
  }

  /**
   * The file; the caller sends and closes it. Throws `LocalFileError`, and `CancelledError` when
   * `signal` is aborted while a pipe waits for its writer.
   */
  async take(file: OfferedFile, signal?: AbortSignal): Promise<Source> {
    const source = this.#open.get(file);
    this.#open.delete(file);
    if (source) return source;
    const { local } = file;
    if (local === "-") return stdinSource();
    return await isStream(local) ? await openStreamSource(local, signal) : openFileSource(local);
  }

  /** Closes the files that were not sent. */
  close(): void {
    for (const source of this.#open.values()) source.close();
    this.#open.clear();
  }
}
