/**
 * Files as sinks of blocks. A file is written into a temporary neighbour, flushed, and takes its
 * name only when it is whole: under the name there is the old file or the whole new one.
 */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import { withFolderLock } from "./folder_lock.ts";
import { type Attributes, mustBeWritable, setAttributes } from "./node_fs.ts";
import { dirname } from "./path_parts.ts";
import { openSpecialSink } from "./stream_sink.ts";
import { lstatOrNothing, nextNumber, takeNameKeepingOld, takeNewName } from "./take_name.ts";
import { temporaryNeighbour } from "./temporary_name.ts";

export { stdoutSink } from "./stream_sink.ts";

/** What may become of a file that is there already. */
export interface FileSinkOptions {
  /** Whether a file of this name may be replaced. */
  readonly overwrite: boolean;
  /** Whether the partial file of a failed download is kept, as `NAME.part`. @default {false} */
  readonly keepPartial?: boolean;
  /** Whether the replaced file is kept beside, as `name.1`, `name.2` and so on. */
  readonly keepOld?: boolean;
  /** The permissions of a file that replaces none. @default {those that the umask leaves} */
  readonly mode?: number;
}

/**
 * Does the last step of a `commit`, in which bytes become those of a file with a name; `step`
 * returns the size of the file that they replace, if there is one.
 */
export type LastStep = (step: () => number | undefined) => void;

/** The size of a file that was lost, and of what has its name now. */
export interface Spoilt {
  readonly lost: number;
  readonly left: number;
}

/** A sink that becomes a file, and knows what other files have lost by it. */
export interface FileSink extends Sink {
  commit(last?: LastStep): void | PromiseLike<void>;
  /** What an upload that was abandoned has done to a file; present when it has. */
  readonly spoilt?: Spoilt | undefined;
}

/** Permissions of a file while it is not whole, where those of the whole one are no help. */
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
  /** The file of the same name, whose permissions and owner the new one gets. */
  readonly like?: Deno.FileInfo | undefined;
}

/** A new file that appears under its name when it is whole. */
export class TemporaryFileSink implements FileSink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: TemporaryFileOptions;
  readonly #file: Deno.FsFile;
  #open = true;

  /** Creates the temporary neighbour. Throws {@linkcode LocalFileError}. */
  constructor(target: string, options: TemporaryFileOptions) {
    this.#target = target;
    this.#options = options;
    const mode = options.like?.mode ?? options.mode;
    try {
      [this.#temporary, this.#file] = createTemporary(target, mode);
    } catch (error) {
      throw localFileError("write a file beside", target, error);
    }
  }

  /** Where the bytes are while they are not whole. */
  get temporary(): string {
    return this.#temporary;
  }

  /** The user that files of this process belong to; null where there are no users. */
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

  /** `last` is called once, while the file takes its name. */
  async commit(last: LastStep = (step) => void step()): Promise<void> {
    try {
      // On disk before it has a name: a crash leaves the old file or the whole new one.
      await this.#file.syncData();
      // Some systems give no other name to an open file. Elsewhere the lock on it stays until it
      // has one, so that nobody takes it for a leftover.
      if (Deno.build.os === "windows") this.#close();
      if (!this.#options.overwrite) last(() => this.#takeNew());
      else if (!this.#options.keepOld) last(() => this.#replace());
      else {
        const from = await nextNumber(this.#target);
        await withFolderLock(dirname(this.#target), () => last(() => this.#keepOld(from)));
      }
      this.#close();
    } catch (error) {
      throw localFileError(`save`, this.#target, error);
    }
  }

  abandon(): void {
    const isPartial = this.#options.keepPartial && this.#open && this.#file.statSync().size > 0;
    this.#close();
    try {
      if (isPartial) Deno.renameSync(this.#temporary, `${this.#target}.part`);
      else Deno.removeSync(this.#temporary);
    } catch (error) {
      // Committed, or removed by somebody else: either way nothing is left behind.
      if (!(error instanceof Deno.errors.NotFound)) {
        throw localFileError("remove", this.#temporary, error);
      }
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

  /** The file that will be replaced; it may be another one than when this one was begun. */
  #old(): Deno.FileInfo | undefined {
    const old = lstatOrNothing(this.#target);
    if (old && !old.isFile) throw new Error("it is no longer a regular file");
    if (old && old.ino !== this.#options.like?.ino) mustBeWritable(this.#target);
    return old;
  }

  /** Gives the new file what is kept of the old one, whose place it takes. */
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

/** Attempts to make a temporary file that nobody takes for a leftover meanwhile. */
const MAX_ATTEMPTS = 10;

/** A new file that is locked, which says that it is no leftover. */
function createTemporary(target: string, mode: number | null = 0o666): [string, Deno.FsFile] {
  // Never more than the whole file will allow; and this user must be able to open it again.
  const careful = mode === null ? 0o666 : mode & 0o400 ? mode & 0o777 : PRIVATE;
  for (let attempt = 1;; attempt++) {
    const path = temporaryNeighbour(target);
    const file = Deno.openSync(path, { write: true, createNew: true, mode: careful });
    // Somebody who tidies up may have come between, and may have removed it.
    if (lockOrNothing(file) || attempt === MAX_ATTEMPTS) {
      if (lstatOrNothing(path) || attempt === MAX_ATTEMPTS) return [path, file];
    }
    file.close();
  }
}

/** False when somebody else holds the lock; true also where there are none. */
function lockOrNothing(file: Deno.FsFile): boolean {
  try {
    if (typeof file.tryLockSync === "function") return file.tryLockSync(true);
    // An older Deno can only wait: for a moment at most, since the file has just been made.
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
