/**
 * The served folder: names that clients send become files under it, or a TftpError. Whatever the
 * name, nothing outside the folder is ever opened, created or named: every path is resolved, links
 * and all, and the file that was opened is proved to be the one that lies there.
 */

import { dirname, join, SEPARATOR } from "@std/path";
import { ErrorCode, hasEscapes, TftpError } from "../protocol/mod.ts";
import { FileSink, isTemporaryName } from "./file_sink.ts";
import { LocalFileError, localFileError } from "./errors.ts";

export interface OpenedFile {
  readonly file: Deno.FsFile;
  /** Bytes at the time of opening. */
  readonly size: number;
}

export class ServedRoot {
  /** The folder with all links resolved. */
  readonly path: string;
  readonly #prefix: string;

  /** Throws {@linkcode LocalFileError} when the folder is missing or none. */
  constructor(folder: string) {
    try {
      this.path = Deno.realPathSync(folder);
      if (!Deno.statSync(this.path).isDirectory) {
        throw new LocalFileError(`Cannot serve "${folder}": it is no folder`, folder, 0);
      }
    } catch (error) {
      throw localFileError("serve", folder, error);
    }
    this.#prefix = this.path.endsWith(SEPARATOR) ? this.path : this.path + SEPARATOR;
  }

  /** Opens a regular file under the root. Throws a local {@linkcode TftpError}. */
  openForReading(filename: string): OpenedFile {
    const path = this.#locate(filename);
    let file: Deno.FsFile | undefined;
    try {
      // A link that leads out is not even opened.
      this.#mustContain(Deno.realPathSync(path));
      // Before opening: a FIFO would block, and a device could do anything.
      const info = Deno.statSync(path);
      if (!info.isFile) throw refused(ErrorCode.AccessViolation, "Not a regular file");
      file = Deno.openSync(path, { read: true });
      const opened = file.statSync();
      const real = Deno.realPathSync(path);
      this.#mustContain(real);
      // A link swapped in between would have opened another file than the one that lies here.
      const here = Deno.lstatSync(real);
      if (!opened.isFile || here.ino !== opened.ino || here.dev !== opened.dev) {
        throw refused(ErrorCode.AccessViolation);
      }
      return { file, size: opened.size };
    } catch (error) {
      file?.close();
      throw toTftpError(error);
    }
  }

  /**
   * Begins a new file under the root; it takes its name when it is committed. Throws a local
   * {@linkcode TftpError}: 6 when the name is taken and must not be overwritten.
   */
  openForWriting(filename: string, options: { overwrite: boolean }): FileSink {
    const path = this.#locate(filename);
    try {
      const folder = Deno.realPathSync(dirname(path));
      if (folder !== this.path) this.#mustContain(folder);
      const target = join(folder, path.slice(dirname(path).length));
      const existing = lstatOrNothing(target);
      if (existing && !options.overwrite) throw refused(ErrorCode.FileExists);
      if (existing && !existing.isFile) throw refused(ErrorCode.AccessViolation);
      const sink = new FileSink(target, options);
      try {
        this.#mustContain(Deno.realPathSync(sink.temporary));
      } catch (error) {
        sink.abandon();
        throw error;
      }
      return sink;
    } catch (error) {
      throw toTftpError(error);
    }
  }

  #locate(filename: string): string {
    const parts = nameParts(filename);
    const path = join(this.path, ...parts);
    // Holds by construction; a mistake above must not become a hole.
    if (!path.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
    return path;
  }

  #mustContain(real: string): void {
    // The prefix ends in a separator: "/srv/tftp-old" is not under "/srv/tftp".
    if (!real.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
  }
}

/**
 * The parts of a requested name: `\` is `/`, empty and `.` parts vanish, so one leading `/` means
 * the root; trailing control and 0xFF bytes of old boot ROMs are dropped. Throws a local {@linkcode
 * TftpError} for a name that could lead out of the root or names nothing.
 */
export function nameParts(filename: string): string[] {
  // deno-lint-ignore no-control-regex
  const trimmed = filename.replace(/[\x00-\x20\x7f\uDCFF]+$/u, "");
  const parts = trimmed.replaceAll("\\", "/").split("/").filter((p) => p !== "" && p !== ".");
  if (parts.length === 0) throw refused(ErrorCode.AccessViolation, "Not a regular file");
  if (parts.includes("..")) throw refused(ErrorCode.AccessViolation);
  // A name that is no valid text can't be a file here, and temporary files have no name yet.
  if (hasEscapes(trimmed) || trimmed.includes("\0") || isTemporaryName(parts.at(-1)!)) {
    throw refused(ErrorCode.FileNotFound);
  }
  return parts;
}

function refused(code: number, message?: string): TftpError {
  return new TftpError("local", code, message);
}

function toTftpError(error: unknown): Error {
  if (error instanceof TftpError) return error;
  const local = localFileError("open", "", error);
  const refusal = refused(local.code);
  refusal.cause = error;
  return refusal;
}

function lstatOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
