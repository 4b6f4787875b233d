/**
 * How the files of a served folder are opened. {@linkcode ServedRoot} has a way of its own, which
 * checks afterwards that it has opened the right file; an opener needs no such check.
 */

import type { MappedBytes } from "../protocol/mod.ts";

/** The properties of a file that was found: owner, size, and times. */
export type FoundFile = Pick<
  Deno.FileInfo,
  "isFile" | "isDirectory" | "dev" | "ino" | "size" | "mtime" | "ctime"
>;

/** What identifies the state of a file. */
export type FileTrace = Pick<FoundFile, "dev" | "ino" | "size" | "mtime" | "ctime">;

/** A file that is in the memory of this process, in a part that JavaScript never touches. */
export interface Mapping extends MappedBytes {
  /**
   * Reads these bytes in the ordinary way, and drops them. Throws what reading throws; false where
   * the file ends before.
   */
  has(from: number, to: number): boolean;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** The file itself, even if its name now leads elsewhere. */
  statSync(): FoundFile;
  /** The bytes that were read from where the last read ended; null at the end of the file. */
  readSync(into: Uint8Array): number | null;
  /** Maps so many bytes until it is closed; undefined where that can't be, or is not worth it. */
  map?(length: number): Mapping | undefined;
  /** May be called again. */
  close(): void;
}

export interface Opener {
  /**
   * Opens what `path` names below the folder `root`, and nothing outside of it, even if links are
   * swapped meanwhile. `root` has no links in it, and the parts of the path are joined by "/".
   *
   * `check` sees the file before it is opened, and throws where it must not be opened, since
   * opening a device could do anything. Throws what `check` throws, the system's error, and a local
   * `TftpError` 2 for a path that leads out of the folder. "unsupported" means that this system
   * can't, and the caller has to check.
   */
  open(root: string, path: string, check: (found: FoundFile) => void): OpenFile | "unsupported";
  /**
   * Whether a full path below `root`, links followed, still leads to a file in this state;
   * undefined where this system can't tell.
   */
  leadsTo(root: string, path: string, trace: FileTrace): boolean | undefined;
  /**
   * The text of a small system file by its full path, such as those of /proc, which Deno does not
   * show; undefined where it can't be read.
   */
  textOf?(path: string): string | undefined;
  /** Frees what is only kept because it may be needed again. */
  close?(): void;
}
