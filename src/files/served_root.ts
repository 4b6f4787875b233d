/**
 * The served folder: names that clients send become files under it, or a TftpError. Whatever the
 * name, nothing outside the folder is ever opened, created or named: every path is resolved, links
 * and all, and the file that was opened is proved to be the one that lies there.
 */

import { dirname, join, SEPARATOR } from "@std/path";
import { ErrorCode, hasEscapes, TftpError } from "../protocol/mod.ts";
import type { SizedSource } from "../engine/ends.ts";
import { FileCache } from "./file_cache.ts";
import { FileSink, isTemporaryName } from "./file_sink.ts";
import { FileSource } from "./file_source.ts";
import { LocalFileError } from "../engine/errors.ts";
import { probableName, spelling, spellingOfNew } from "./name_lookup.ts";
import { localFileError } from "./file_error.ts";

/** How requested names are read. */
export interface Naming {
  /** Look names up without regard to case. */
  readonly ignoreCase?: boolean;
  /** A folder under the root that is this client's root, where it exists. */
  readonly folder?: string;
}

/** What may become of a file that is sent here. */
export interface Writing extends Naming {
  /** Whether a file of the name may be replaced, or kept beside under a number. */
  readonly existing: "refuse" | "replace" | "keep";
  /** The only folder under the root that takes files. */
  readonly only?: string;
}

export class ServedRoot {
  /** The folder with all links resolved. */
  readonly path: string;
  readonly #prefix: string;
  readonly #cache: FileCache;

  /** Throws {@linkcode LocalFileError} when the folder is missing or none. */
  constructor(folder: string, cache: FileCache = new FileCache()) {
    this.#cache = cache;
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

  /**
   * A folder under the root, links resolved. Throws {@linkcode LocalFileError} where there is none.
   */
  folder(name = "."): string {
    const path = join(this.path, name);
    try {
      const real = Deno.realPathSync(path);
      const isInside = real === this.path || real.startsWith(this.#prefix);
      if (isInside && Deno.statSync(real).isDirectory) return real;
    } catch (error) {
      throw localFileError("take uploads in", path, error);
    }
    throw new LocalFileError(`Cannot take uploads in "${path}": no folder under the root`, path, 0);
  }

  /** Opens a regular file under the root. Throws a local {@linkcode TftpError}. */
  openForReading(filename: string, naming: Naming = {}): SizedSource {
    const asked = this.#parts(filename, naming);
    const parts = naming.ignoreCase ? spelling(this.path, asked) ?? asked : asked;
    const path = this.#locate(parts);
    return this.#cache.open(path) ?? this.#open(path, filename);
  }

  /** Opens a file, proves that it lies under the root, and keeps it in memory if it may. */
  #open(path: string, filename: string): SizedSource {
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
      const source = new FileSource(file, filename, opened.size);
      const kept = this.#cache.keep(path, opened, (into) => source.read(into));
      if (!kept) return source;
      file.close();
      return kept;
    } catch (error) {
      file?.close();
      throw toTftpError(error);
    }
  }

  /**
   * Begins a new file under the root; it takes its name when it is committed. Throws a local
   * {@linkcode TftpError}: 6 when the name is taken and must not be overwritten.
   */
  openForWriting(filename: string, writing: Writing): FileSink {
    const asked = this.#parts(filename, writing);
    const path = this.#locate(writing.ignoreCase ? spellingOfNew(this.path, asked) : asked);
    try {
      const folder = Deno.realPathSync(dirname(path));
      if (folder !== this.path) this.#mustContain(folder);
      if (writing.only !== undefined) this.#mustLieIn(folder, writing.only);
      const target = join(folder, path.slice(dirname(path).length));
      const existing = lstatOrNothing(target);
      const overwrite = writing.existing !== "refuse";
      if (existing && !overwrite) throw refused(ErrorCode.FileExists);
      if (existing && !existing.isFile) throw refused(ErrorCode.AccessViolation);
      const sink = new FileSink(target, { overwrite, keepOld: writing.existing === "keep" });
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

  /** A name under the root that a client may have meant, for the operator's eyes. */
  probableName(filename: string, naming: Naming = {}): string | undefined {
    try {
      return probableName(this.path, this.#parts(filename, naming));
    } catch {
      return undefined;
    }
  }

  #parts(filename: string, { folder }: Naming): string[] {
    const parts = nameParts(filename);
    if (folder === undefined || !isFolder(join(this.path, folder))) return parts;
    return [folder, ...parts];
  }

  #locate(parts: readonly string[]): string {
    const path = join(this.path, ...parts);
    // Holds by construction; a mistake above must not become a hole.
    if (!path.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
    return path;
  }

  #mustLieIn(folder: string, only: string): void {
    const home = Deno.realPathSync(join(this.path, only));
    if (folder !== home && !folder.startsWith(home + SEPARATOR)) {
      throw refused(ErrorCode.AccessViolation);
    }
  }

  #mustContain(real: string): void {
    // The prefix ends in a separator: "/srv/tftp-old" is not under "/srv/tftp".
    if (!real.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
  }
}

/**
 * The parts of a requested name: `\` is `/`, empty and `.` parts vanish, so one leading `/` means
 * the root; drive letters, and trailing control and 0xFF bytes of old boot ROMs are dropped. Throws
 * a local {@linkcode TftpError} for a name that could lead out of the root or names nothing.
 */
export function nameParts(filename: string): string[] {
  // deno-lint-ignore no-control-regex
  const trimmed = filename.replace(/[\x00-\x20\x7f\uDCFF]+$/u, "");
  const slashed = trimmed.replaceAll("\\", "/").replace(/^\/*[A-Za-z]:(?=\/)/, "");
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) throw refused(ErrorCode.AccessViolation, "Not a regular file");
  if (parts.includes("..")) throw refused(ErrorCode.AccessViolation);
  // A name that is no valid text can't be a file here, and temporary files have no name yet.
  if (hasEscapes(trimmed) || trimmed.includes("\0") || parts.some(isTemporaryName)) {
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

function isFolder(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

function lstatOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
