/**
 * The served folder: requested names become files under it, or a TftpError. Nothing outside of it
 * is ever opened, created or named: every path is resolved, links included, and the opened file is
 * checked to be the one at that path.
 */

import { dirname, isWithin, join, prefixOf, SEPARATOR } from "./path_parts.ts";
import { ErrorCode } from "../protocol/mod.ts";
import type { Sink, SizedSource, Source } from "../engine/source_sink.ts";
import type { FileRequest, Handler, Naming, Writing } from "../engine/handler.ts";
import { FileCache, statLeadsTo, versionOf } from "./file_cache.ts";
import { localFileError } from "./file_error.ts";
import { type FileSink, TemporaryFileSink } from "./file_sink.ts";
import { FileSource } from "./file_source.ts";
import { addName } from "./folder_names.ts";
import { InPlaceSink } from "./in_place_sink.ts";
import { LocalFileError } from "../engine/errors.ts";
import { isFolderBelow, leadsOut } from "./link_walk.ts";
import { probableName, spelling, spellingOfNew } from "./name_lookup.ts";
import { type FileIdentity, mustBeWritable, openWithoutWaiting } from "./node_fs.ts";
import type { FileTrace, FoundFile, Opener } from "./opener.ts";
import { refused, toTftpError } from "./refusal.ts";
import { nameParts } from "./requested_name.ts";
import { lstatIfThere, lstatOrNothing } from "./take_name.ts";

export interface ServedRootOptions {
  /** Called with what the operator should know. */
  notice?(message: string): void;
  /** Opens files for downloads, where it can. */
  readonly opener?: Opener | undefined;
}

export class ServedRoot implements Handler {
  /** The folder with all links resolved. */
  readonly path: string;
  readonly #prefix: string;
  readonly #cache: FileCache;
  readonly #notice: (message: string) => void;
  readonly #opener: Opener | undefined;
  readonly #leadsTo = (path: string, trace: FileTrace): boolean =>
    this.#opener?.leadsTo(this.path, path, trace) ?? statLeadsTo(path, trace);

  /** Throws {@linkcode LocalFileError} when there is no such folder. */
  constructor(
    folder: string,
    cache: FileCache = new FileCache(),
    { notice = () => {}, opener }: ServedRootOptions = {},
  ) {
    this.#cache = cache;
    this.#notice = notice;
    this.#opener = opener;
    try {
      this.path = Deno.realPathSync(folder);
      if (!Deno.statSync(this.path).isDirectory) {
        throw new LocalFileError(`Cannot serve "${folder}": it is not a folder`, folder, 0);
      }
    } catch (error) {
      throw localFileError("serve", folder, error);
    }
    this.#prefix = prefixOf(this.path);
  }

  /** Opens the file of a request, at once. Throws a local {@linkcode TftpError}. */
  open(request: FileRequest): Source | Sink {
    return request.direction === "get"
      ? this.openForReading(request.name, request.naming)
      : this.openForWriting(request.name, request.writing);
  }

  /** Opens a regular file under the root. Throws a local {@linkcode TftpError}. */
  openForReading(filename: string, naming: Naming = {}): SizedSource {
    const asked = this.#parts(filename, naming);
    const parts = naming.ignoreCase ? spelling(this.path, asked) ?? asked : asked;
    const path = this.#locate(parts);
    try {
      return this.#cache.open(path, this.#leadsTo) ?? this.#open(path, filename);
    } catch (error) {
      throw this.#refusal(error, parts);
    }
  }

  /** Opens a file below the root, and keeps it in memory if it may. */
  #open(path: string, filename: string): SizedSource {
    const below = path.slice(this.#prefix.length);
    const opened = this.#opener?.open(this.path, below, mustBeFile) ?? "unsupported";
    const file = opened === "unsupported" ? openWithoutWaiting(this.#checked(path)) : opened;
    try {
      const here = opened === "unsupported"
        ? this.#mustBeHere(file.statSync(), path)
        : opened.statSync();
      const source = new FileSource(file, filename, here.size, versionOf(here));
      const kept = this.#cache.keep(path, here, (into) => source.read(into));
      if (!kept) return source;
      file.close();
      return kept;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Refuses links that lead out, and anything but a file: opening a device could do anything. */
  #checked(path: string): string {
    this.#mustContain(Deno.realPathSync(path));
    mustBeFile(Deno.statSync(path));
    return path;
  }

  /** Creates a file, which gets its name by a commit. Throws a local {@linkcode TftpError}. */
  openForWriting(filename: string, writing: Writing): FileSink {
    const asked = this.#parts(filename, writing);
    const parts = writing.ignoreCase ? spellingOfNew(this.path, asked) : asked;
    const path = this.#locate(parts);
    try {
      const folder = this.#folderOf(path);
      if (writing.only !== undefined) this.#mustLieIn(folder, writing.only);
      const target = join(folder, path.slice(dirname(path).length));
      const existing = lstatIfThere(target);
      if (!existing) return this.#create(target, writing);
      if (writing.existing === "refuse") throw refused(ErrorCode.FileExists);
      if (existing.isSymlink) {
        const cause = new Error("it is a symbolic link, and uploads do not follow links");
        throw refused(ErrorCode.AccessViolation, undefined, cause);
      }
      mustBeFile(existing);
      return this.#replace(target, existing, writing);
    } catch (error) {
      throw this.#refusal(error, parts, "write");
    }
  }

  /** The folder of a file to be written, links resolved. */
  #folderOf(path: string): string {
    let folder: string;
    try {
      folder = Deno.realPathSync(dirname(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw refused(ErrorCode.FileNotFound, "No such folder", error);
    }
    if (folder !== this.path) this.#mustContain(folder);
    if (!Deno.statSync(folder).isDirectory) throw refused(ErrorCode.FileNotFound, "No such folder");
    return folder;
  }

  #create(target: string, { existing, mode }: Writing): FileSink {
    return this.#mustStayInside(
      new TemporaryFileSink(target, {
        overwrite: existing !== "refuse",
        keepOld: existing === "keep",
        named: addName,
        ...(mode === undefined ? {} : { mode }),
      }),
    );
  }

  /** A file that this user may not write is not replaced, even if its folder would allow it. */
  #replace(target: string, like: Deno.FileInfo, { existing }: Writing): FileSink {
    mustBeWritable(target);
    const keepOld = existing === "keep";
    let sink: TemporaryFileSink;
    try {
      sink = new TemporaryFileSink(target, { overwrite: true, keepOld, like });
    } catch (error) {
      if (keepOld || (error as LocalFileError).code !== ErrorCode.AccessViolation) throw error;
      return this.#writeInPlace(target);
    }
    this.#mustStayInside(sink);
    if (keepOld || mayBeReplaced(like, Deno.lstatSync(dirname(target)), sink.uid)) return sink;
    sink.abandon();
    return this.#writeInPlace(target);
  }

  #writeInPlace(target: string): FileSink {
    const sink = new InPlaceSink(target, this.#notice);
    try {
      this.#mustBeHere(sink.info, target);
    } catch (error) {
      sink.abandon();
      throw error;
    }
    return sink;
  }

  #mustStayInside(sink: TemporaryFileSink): TemporaryFileSink {
    try {
      this.#mustContain(Deno.realPathSync(sink.temporary));
    } catch (error) {
      sink.abandon();
      throw error;
    }
    return sink;
  }

  /**
   * Checks that the opened file is the one at its path, below the root: a link that was swapped in
   * before the opening would have led to another file.
   */
  #mustBeHere(opened: FileIdentity & { isFile: boolean }, path: string): Deno.FileInfo {
    const real = Deno.realPathSync(path);
    this.#mustContain(real);
    const here = Deno.lstatSync(real);
    if (!opened.isFile || here.ino !== opened.ino || here.dev !== opened.dev) {
      throw refused(ErrorCode.AccessViolation);
    }
    return here;
  }

  /** The path of a requested file; undefined where there is none. */
  pathOf(filename: string, naming: Naming = {}): string | undefined {
    try {
      const asked = this.#parts(filename, naming);
      const parts = naming.ignoreCase ? spelling(this.path, asked) ?? asked : asked;
      const path = this.#locate(parts);
      return lstatOrNothing(path)?.isFile ? path : undefined;
    } catch {
      return undefined;
    }
  }

  /** A name under the root that a client may have meant, for the log. */
  probableName(filename: string, naming: Naming = {}): string | undefined {
    try {
      return probableName(this.path, this.#parts(filename, naming));
    } catch {
      return undefined;
    }
  }

  #parts(filename: string, { folder }: Naming): string[] {
    if (folder === undefined) return this.#literalParts(filename, []) ?? nameParts(filename);
    const before = isFolderBelow(this.path, folder) ? [folder] : [];
    return [...before, ...this.#literalParts(filename, before) ?? nameParts(filename)];
  }

  /** The parts of a name with `\\` in it, where a file has exactly that name. */
  #literalParts(filename: string, before: readonly string[]): string[] | undefined {
    if (!filename.includes("\\") || SEPARATOR === "\\") return undefined;
    const parts = nameParts(filename, { literally: true });
    return lstatOrNothing(join(this.path, ...before, ...parts)) ? parts : undefined;
  }

  /** The refusal for a client; for a file outside, it does not say whether the file exists. */
  #refusal(error: unknown, parts: readonly string[], operation?: "write"): Error {
    const refusal = toTftpError(error, operation);
    // Code 0, such as for a name that is too long, would show that its folder exists.
    if (refusal.code > ErrorCode.FileNotFound || !leadsOut(this.path, parts)) return refusal;
    return refused(ErrorCode.AccessViolation, undefined, new Error("it is outside of the folder"));
  }

  #locate(parts: readonly string[]): string {
    const path = join(this.path, ...parts);
    // Always true by the code above; a mistake there must not become a hole.
    if (!path.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
    return path;
  }

  #mustLieIn(folder: string, only: string): void {
    const home = Deno.realPathSync(join(this.path, only));
    if (!isWithin(home, folder)) throw refused(ErrorCode.AccessViolation);
  }

  #mustContain(real: string): void {
    if (!real.startsWith(this.#prefix)) throw refused(ErrorCode.AccessViolation);
  }
}

function mustBeFile({ isFile, isDirectory }: FoundFile): void {
  if (isFile) return;
  throw refused(ErrorCode.AccessViolation, isDirectory ? "Is a folder" : "Not a regular file");
}

/** In a folder such as /tmp, only the owner of a file or of the folder may replace the file. */
function mayBeReplaced(file: Deno.FileInfo, folder: Deno.FileInfo, uid: number | null): boolean {
  const isSticky = ((folder.mode ?? 0) & 0o1000) !== 0;
  return !isSticky || uid === 0 || uid === file.uid || uid === folder.uid;
}
