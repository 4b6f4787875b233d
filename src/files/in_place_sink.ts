/**
 * A file that is overwritten in place, because no other file can be created in its folder. Up to a
 * limit, its bytes are kept in memory until all have come, so a failed upload changes nothing. If a
 * larger one fails, its beginning is in the file and the rest is lost.
 */

import { basename } from "./path_parts.ts";
import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import { type FileSink, type LastStep, type Spoilt, writeAll } from "./file_sink.ts";

/** The most that one upload keeps in memory: nearly every configuration file is smaller. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** The most that all keep together; further bytes are written as they come. */
const MAX_ALL_KEPT_BYTES = 16 * 1024 * 1024;

let allKeptBytes = 0;

/**
 * Files that this thread writes, by device and inode: an older Deno can't tell which are locked.
 */
const written = new Set<string>();

export class InPlaceSink implements FileSink {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #identity: string;
  readonly #notice: (message: string) => void;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #open = true;
  /** The size of the old content, once it is lost. */
  #lost: number | undefined;
  #written = 0;
  spoilt: Spoilt | undefined;

  /**
   * Opens the file, and changes nothing yet. `notice` is called with what the operator should know.
   * Throws {@linkcode LocalFileError} when another upload writes it already.
   */
  constructor(path: string, notice: (message: string) => void) {
    this.#path = path;
    this.#notice = notice;
    try {
      // Opening for writing only could wait for the reader of a FIFO that was put there a moment
      // ago.
      this.#file = Deno.openSync(path, { read: true, write: true });
    } catch (error) {
      throw localFileError("write", path, error);
    }
    const { dev, ino } = this.#file.statSync();
    this.#identity = `${dev}:${ino}`;
    if (!written.has(this.#identity) && isFree(this.#file)) {
      written.add(this.#identity);
      return;
    }
    this.#file.close();
    const code = ErrorCode.AccessViolation;
    throw new LocalFileError(`Cannot write "${path}": another upload is writing it`, path, code);
  }

  /** What was opened. */
  get info(): Deno.FileInfo {
    return this.#file.statSync();
  }

  write(bytes: Uint8Array): void {
    const isKept = this.#lost === undefined && this.#keptBytes + bytes.length <= MAX_KEPT_BYTES &&
      allKeptBytes + bytes.length <= MAX_ALL_KEPT_BYTES;
    if (!isKept) return this.#write(bytes);
    // The caller uses its bytes again.
    this.#kept.push(bytes.slice());
    this.#keptBytes += bytes.length;
    allKeptBytes += bytes.length;
  }

  /** `last` is called once, when all bytes are written. */
  async commit(last: LastStep = (step) => void step()): Promise<void> {
    last(() => {
      this.#write(new Uint8Array());
      return this.#lost;
    });
    try {
      await this.#file.syncData();
    } catch (error) {
      throw localFileError("save", this.#path, error);
    }
    this.#close();
    this.#notice(
      `wrote "${basename(this.#path)}" in place, because no file can be created beside it`,
    );
  }

  abandon(): void {
    const lost = this.#lost;
    if (this.#open && lost !== undefined) {
      this.spoilt = { lost, left: this.#written };
      this.#notice(
        `"${
          basename(this.#path)
        }" is incomplete: it was written in place, because no file can be ` +
          "created beside it, and the upload has failed",
      );
    }
    this.#close();
  }

  /** Writes what was kept, and then these bytes; the first write removes the old content. */
  #write(bytes: Uint8Array): void {
    try {
      if (this.#lost === undefined) {
        this.#lost = this.#file.statSync().size;
        this.#file.truncateSync();
      }
      for (const piece of [...this.#kept, bytes]) {
        writeAll(this.#file, piece);
        this.#written += piece.length;
      }
    } catch (error) {
      throw localFileError("write", this.#path, error);
    }
    this.#forget();
  }

  #forget(): void {
    allKeptBytes -= this.#keptBytes;
    this.#keptBytes = 0;
    this.#kept = [];
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    written.delete(this.#identity);
    this.#forget();
    this.#file.close();
  }
}

function isFree(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync?.(true) !== false;
  } catch {
    return true;
  }
}
