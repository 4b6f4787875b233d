/**
 * How the files of a served folder are opened. {@linkcode ServedRoot} has a way of its own, which
 * proves afterwards that it has opened the right file; an opener is one that needs no such proof.
 */

/** What is known of a file that was found: whose it is, how large, and when it was changed. */
export type FoundFile = Pick<
  Deno.FileInfo,
  "isFile" | "isDirectory" | "dev" | "ino" | "size" | "mtime" | "ctime"
>;

/** A file that is open for reading. */
export interface OpenFile {
  /** The file itself, whatever its name leads to by now. */
  statSync(): FoundFile;
  /** The bytes that were read from where the last read ended; null at the end of the file. */
  readSync(into: Uint8Array): number | null;
  /** May be called again. */
  close(): void;
}

export interface Opener {
  /**
   * Opens what `path` names below the folder `root`, and nothing outside of it, whatever links are
   * swapped in meanwhile. `root` has no links in it, and the path's parts are joined by "/".
   *
   * `check` sees what was found before it is opened, and throws where it must not be, because to
   * open a device could do anything. Throws what `check` throws, what the system says, and a local
   * `TftpError` 2 for what leads out of the folder. "unsupported": this system can't, and the
   * caller has to prove it.
   */
  open(root: string, path: string, check: (found: FoundFile) => void): OpenFile | "unsupported";
  /**
   * The text of a small file of the system, by its full path, such as those of /proc, which Deno
   * shows nobody; undefined where it can't be read.
   */
  textOf?(path: string): string | undefined;
}
