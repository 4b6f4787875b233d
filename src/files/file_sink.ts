/**
 * Files and standard output as sinks of blocks. A file is written into a temporary neighbour,
 * flushed, and takes its name only when it is whole: under the name there is the old file or the
 * whole new one.
 */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink } from "../engine/ends.ts";
import { LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import { basename, dirname, join } from "./path_parts.ts";

/** In any case of letters: some file systems don't tell them apart. */
const TEMPORARY_NAME = /^\.tftp-[0-9a-f]{16}\.part$/i;

/** Whether a file name is one of our temporary neighbours. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

function temporaryNeighbour(path: string): string {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0]!;
  return join(dirname(path), `.tftp-${random.toString(16).padStart(16, "0")}.part`);
}

/** What may become of a file that is there already. */
export interface FileSinkOptions {
  /** Whether a file of this name may be replaced. */
  readonly overwrite: boolean;
  /** Whether what has come of a file that fails is kept, as `NAME.part`. @default {false} */
  readonly keepPartial?: boolean;
  /** Whether the replaced file is kept beside, as `name.1`, `name.2` and so on. */
  readonly keepOld?: boolean;
}

/**
 * Opens a local file to receive into. A symbolic link is followed, a device or pipe is written
 * directly. Throws {@linkcode LocalFileError}; nothing is created then.
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
  if (!existing && linkOrNothing(path)) {
    throw new LocalFileError(`Cannot write "${path}": it is a link to nothing`, path, 2);
  }
  const target = existing ? Deno.realPathSync(path) : path;
  return new FileSink(target, { ...options, ...(existing?.mode ? { mode: existing.mode } : {}) });
}

/** Standard output as a sink. */
export function stdoutSink(): Sink {
  return new StreamSink(Deno.stdout, "standard output", () => {});
}

/** A new file that appears under its name when it is whole. */
export class FileSink implements Sink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: FileSinkOptions & { mode?: number };
  readonly #file: Deno.FsFile;
  #open = true;
  /** Bytes of the file that gave way to this one. */
  replacedBytes = 0;

  /** Creates the temporary neighbour. Throws {@linkcode LocalFileError}. */
  constructor(target: string, options: FileSinkOptions & { mode?: number }) {
    this.#target = target;
    this.#options = options;
    this.#temporary = temporaryNeighbour(target);
    try {
      this.#file = Deno.openSync(this.#temporary, { write: true, createNew: true });
      // Says that it is no leftover; file systems without locks do without.
      lockOrNothing(this.#file);
    } catch (error) {
      throw localFileError("write a file beside", target, error);
    }
  }

  /** Where the bytes are while they are not whole. */
  get temporary(): string {
    return this.#temporary;
  }

  write(bytes: Uint8Array): void {
    try {
      let written = 0;
      while (written < bytes.length) {
        written += this.#file.writeSync(written === 0 ? bytes : bytes.subarray(written));
      }
    } catch (error) {
      throw localFileError("write", this.#target, error);
    }
  }

  async commit(): Promise<void> {
    try {
      // On disk before it has a name: a crash leaves the old file or the whole new one.
      await this.#file.syncData();
      this.#close();
      if (this.#options.mode !== undefined && Deno.build.os !== "windows") {
        await Deno.chmod(this.#temporary, this.#options.mode & 0o777);
      }
      if (!this.#options.overwrite) return await this.#linkNew();
      const old = linkOrNothing(this.#target);
      if (old && this.#options.keepOld) await keepVersion(this.#target);
      else this.replacedBytes = old?.size ?? 0;
      await Deno.rename(this.#temporary, this.#target);
    } catch (error) {
      throw localFileError(`save`, this.#target, error);
    }
  }

  abandon(): void {
    this.#close();
    try {
      if (this.#options.keepPartial && Deno.statSync(this.#temporary).size > 0) {
        Deno.renameSync(this.#temporary, `${this.#target}.part`);
      } else Deno.removeSync(this.#temporary);
    } catch (error) {
      // Committed, or removed by somebody else: either way nothing is left behind.
      if (!(error instanceof Deno.errors.NotFound)) {
        throw localFileError("remove", this.#temporary, error);
      }
    }
  }

  /** Gives the file its name unless that is taken meanwhile: link() decides that atomically. */
  async #linkNew(): Promise<void> {
    try {
      await Deno.link(this.#temporary, this.#target);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists || linkOrNothing(this.#target)) {
        throw new LocalFileError(
          `Cannot write "${this.#target}": it exists`,
          this.#target,
          ErrorCode.FileExists,
        );
      }
      // A file system without hard links, such as FAT; there rename is the best there is.
      await Deno.rename(this.#temporary, this.#target);
      return;
    }
    await Deno.remove(this.#temporary);
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }
}

/** Gives a file a second name with the next free number; it keeps its own until that is taken. */
async function keepVersion(path: string): Promise<void> {
  let number = 1;
  const prefix = `${basename(path)}.`;
  for await (const { name } of Deno.readDir(dirname(path))) {
    const suffix = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    if (/^[1-9]\d{0,8}$/.test(suffix)) number = Math.max(number, Number(suffix) + 1);
  }
  for (;; number++) {
    try {
      return await Deno.link(path, `${path}.${number}`);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      if (error instanceof Deno.errors.NotFound) return;
      // A file system without hard links: for a moment there is the old file under its new name
      // only.
      return await Deno.rename(path, `${path}.${number}`);
    }
  }
}

function lockOrNothing(file: Deno.FsFile): void {
  try {
    file.tryLockSync?.(true);
  } catch {
    // Only a help for telling leftovers from uploads under way.
  }
}

/** What standard output and open files have in common. */
interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

class StreamSink implements Sink {
  readonly #writer: Writer;
  readonly #name: string;
  readonly #close: () => void;

  constructor(writer: Writer, name: string, close: () => void) {
    this.#writer = writer;
    this.#name = name;
    this.#close = close;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) written += await this.#writer.write(bytes.subarray(written));
    } catch (error) {
      throw localFileError("write to", this.#name, error);
    }
  }

  commit(): void {
    this.#close();
  }

  abandon(): void {
    this.#close();
  }
}

function openSpecialSink(path: string): Sink {
  try {
    const file = Deno.openSync(path, { write: true });
    let open = true;
    return new StreamSink(file, path, () => {
      if (open) file.close();
      open = false;
    });
  } catch (error) {
    throw localFileError("write to", path, error);
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

function linkOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
