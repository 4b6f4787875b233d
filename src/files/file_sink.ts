/**
 * Files as sinks of blocks. A file is written to a temporary file in the same folder, flushed, and
 * gets its name only when it is complete: at any time, the name leads to the old file or to the
 * complete new one.
 */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import { withFolderLock } from "./folder_lock.ts";
import { type Attributes, mustBeWritable, setAttributes } from "./node_fs.ts";
import { dirname } from "./path_parts.ts";
import { openSpecialSink } from "./stream_sink.ts";
import {
  lstatIfThere,
  lstatOrNothing,
  nextNumber,
  takeNameKeepingOld,
  takeNewName,
} from "./take_name.ts";
import { temporaryNeighbour } from "./temporary_name.ts";

export { stdoutSink } from "./stream_sink.ts";

/**
 * What may happen to an existing file.
 *
 * ```ts
 * import { type FileSinkOptions, LocalFileError, openFileSink } from "@tftp/tftp";
 *
 * const path = await Deno.makeTempFile();
 * const careful: FileSinkOptions = { overwrite: false };
 * let error: unknown;
 * try {
 *   openFileSink(path, careful);
 * } catch (thrown) {
 *   error = thrown;
 * }
 * if (!(error instanceof LocalFileError) || error.code !== 6) throw error;
 * await Deno.remove(path);
 * ```
 */
export interface FileSinkOptions {
  /** Whether a file of this name may be replaced. */
  readonly overwrite: boolean;
  /** Whether the partial file of a failed download is kept, as `NAME.part`. @default {false} */
  readonly keepPartial?: boolean;
  /** Whether the replaced file is kept, as `name.1`, `name.2` and so on. */
  readonly keepOld?: boolean;
  /** The permissions of a new file. @default {those that the umask leaves} */
  readonly mode?: number;
}

/**
 * Performs the last step of a `commit`, in which the file gets its name; `step` returns the size of
 * the file that it replaces, if there is one.
 */
export type LastStep = (step: () => number | undefined) => void;

/** The size of a file that was lost, and of the file that now has its name. */
export interface Spoilt {
  readonly lost: number;
  readonly left: number;
}

/** A sink that becomes a file, and knows which other file was lost by it. */
export interface FileSink extends Sink {
  commit(last?: LastStep): void | PromiseLike<void>;
  /** What an abandoned upload has done to an existing file; absent where it has done nothing. */
  readonly spoilt?: Spoilt | undefined;
}

/** Permissions of an incomplete file, where those of the complete one do not help. */
const PRIVATE = 0o600;

/**
 * Opens a local file to receive into. A symbolic link is followed, a device or pipe is written
 * directly. Throws {@linkcode LocalFileError}; nothing is created then.
 *
 * ```ts
 * import { openFileSink } from "@tftp/tftp";
 *
 * const path = await Deno.makeTempFile();
 * const sink = openFileSink(path, { overwrite: true });
 * await sink.write(new TextEncoder().encode("new"));
 * // Until here the old file is untouched; abandon() would leave it as it is.
 * await sink.commit();
 * if (await Deno.readTextFile(path) !== "new") throw new Error("it has its name now");
 * await Deno.remove(path);
 * ```
 */
export function openFileSink(path: string, options: FileSinkOptions): Sink {
  const existing = statOrNothing(path);
  if (existing?.isDirectory) {
    throw new LocalFileError(`Cannot write "${path}": it is a folder`, path, 2);
  }
  if (existing && !existing.isFile) return openSpecialSink(path);
  if (existing && !options.overwrite) {
    throw new LocalFileError(`Cannot write "${path}": it exists`, path, ErrorCode.FileExists);
  }
  if (!existing) {
    if (lstatOrNothing(path)) {
      throw new LocalFileError(`Cannot write "${path}": it is a link to nothing`, path, 2);
    }
    return new TemporaryFileSink(path, options);
  }
  try {
    // A file that may not be written is not to be replaced either.
    Deno.openSync(path, { write: true }).close();
  } catch (error) {
    throw localFileError("write", path, error);
  }
  return new TemporaryFileSink(Deno.realPathSync(path), { ...options, like: existing });
}

interface TemporaryFileOptions extends FileSinkOptions {
  /** The existing file of this name: the new one gets its permissions and owner. */
  readonly like?: Deno.FileInfo | undefined;
  /** Called when the file has its name. */
  named?(path: string): void;
}

/** A new file that gets its name when it is complete. */
export class TemporaryFileSink implements FileSink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: TemporaryFileOptions;
  readonly #file: Deno.FsFile;
  #open = true;

  /** Creates the temporary file. Throws {@linkcode LocalFileError}. */
  constructor(target: string, options: TemporaryFileOptions) {
    this.#target = target;
    this.#options = options;
    const mode = options.like?.mode ?? options.mode;
    try {
      // The old file will need a longer name, which had better fail before all the data has come.
      if (options.keepOld && options.like) lstatIfThere(`${target}.1`);
      [this.#temporary, this.#file] = createTemporary(target, mode);
    } catch (error) {
      throw localFileError("write a file beside", target, error);
    }
  }

  /** Where the bytes are until the file is complete. */
  get temporary(): string {
    return this.#temporary;
  }

  /** The user that owns files of this process; null where there are no users. */
  get uid(): number | null {
    return this.#file.statSync().uid;
  }

  write(bytes: Uint8Array): void {
    try {
      writeAll(this.#file, bytes);
    } catch (error) {
      throw localFileError("write", this.#target, error);
    }
  }

  /** `last` is called once, while the file gets its name. */
  async commit(last: LastStep = (step) => void step()): Promise<void> {
    try {
      // On disk before it has a name: after a crash there is the old file or the complete new one.
      await this.#file.syncData();
      // Some systems can't rename an open file. Elsewhere it stays locked until it has its name, so
      // that it does not count as a leftover.
      if (Deno.build.os === "windows") this.#close();
      if (!this.#options.overwrite) last(() => this.#takeNew());
      else if (!this.#options.keepOld) last(() => this.#replace());
      else {
        const from = await nextNumber(this.#target);
        await withFolderLock(dirname(this.#target), () => last(() => this.#keepOld(from)));
      }
      this.#options.named?.(this.#target);
      this.#close();
    } catch (error) {
      throw localFileError(`save`, this.#target, error);
    }
  }

  abandon(): void {
    const isPartial = this.#options.keepPartial && this.#open && this.#file.statSync().size > 0;
    this.#close();
    try {
      if (isPartial) this.#keepPartial();
      else Deno.removeSync(this.#temporary);
    } catch (error) {
      // Committed, or removed by another program: either way nothing is left behind.
      if (!(error instanceof Deno.errors.NotFound)) {
        throw localFileError("remove", this.#temporary, error);
      }
    }
  }

  #keepPartial(): void {
    const partial = { temporary: this.#temporary, target: `${this.#target}.part` };
    if (this.#options.overwrite) return Deno.renameSync(partial.temporary, partial.target);
    try {
      takeNewName(partial);
    } catch (error) {
      Deno.removeSync(this.#temporary);
      throw error;
    }
  }

  #takeNew(): undefined {
    this.#becomeLike(undefined);
    takeNewName({ temporary: this.#temporary, target: this.#target });
  }

  #replace(): number | undefined {
    const old = this.#old();
    this.#becomeLike(old);
    Deno.renameSync(this.#temporary, this.#target);
    return old?.size;
  }

  #keepOld(from: number): undefined {
    const old = this.#old();
    this.#becomeLike(old);
    const naming = { temporary: this.#temporary, target: this.#target };
    if (old) takeNameKeepingOld(naming, from);
    else takeNewName(naming);
  }

  /** The file that will be replaced; it may differ from the one at the start. */
  #old(): Deno.FileInfo | undefined {
    const old = lstatOrNothing(this.#target);
    if (old && !old.isFile) throw new Error("it is no longer a regular file");
    if (old && old.ino !== this.#options.like?.ino) mustBeWritable(this.#target);
    return old;
  }

  /** Copies permissions and owner from the old file. */
  #becomeLike(old: Deno.FileInfo | undefined): void {
    const { like, mode } = this.#options;
    const { mode: kept, uid, gid } = old ?? like ?? { mode: mode ?? null, uid: null, gid: null };
    if (kept === null || Deno.build.os === "windows") return;
    const attributes: Attributes = { mode: kept, uid, gid };
    setAttributes(this.#file, this.#temporary, attributes);
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }
}

/** Attempts to make a temporary file before another process removes it as a leftover. */
const MAX_ATTEMPTS = 10;

/** A new file with a lock, which shows that it is no leftover. */
function createTemporary(target: string, mode: number | null = 0o666): [string, Deno.FsFile] {
  // Never more than the complete file will allow; and this user must be able to reopen it.
  const careful = mode === null ? 0o666 : mode & 0o400 ? mode & 0o777 : PRIVATE;
  for (let attempt = 1;; attempt++) {
    const path = temporaryNeighbour(target);
    const file = Deno.openSync(path, { write: true, createNew: true, mode: careful });
    // A cleanup by another process may have removed it in the meantime.
    if (lockOrNothing(file) || attempt === MAX_ATTEMPTS) {
      if (lstatOrNothing(path) || attempt === MAX_ATTEMPTS) return [path, file];
    }
    file.close();
  }
}

/** False when another process holds the lock; true also where there are no locks. */
function lockOrNothing(file: Deno.FsFile): boolean {
  try {
    if (typeof file.tryLockSync === "function") return file.tryLockSync(true);
    // An older Deno can only wait: a moment at most, since the file is new.
    file.lockSync(true);
    return true;
  } catch {
    return true;
  }
}

export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += file.writeSync(written === 0 ? bytes : bytes.subarray(written));
  }
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw localFileError("write", path, error);
  }
}
