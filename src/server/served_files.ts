/** The files of a server, as its rules see them: a folder of the system, or one in memory. */

import type { Sink, SizedSource } from "../engine/ends.ts";
import type { Naming, Writing } from "../files/served_root.ts";

/** A file that is being sent here. */
export interface UploadSink extends Sink {
  /** Bytes of the file that gave way to this one, once it is committed. */
  readonly replacedBytes: number;
}

/** What opens files for requests; `ServedRoot` is the one of a folder. */
export interface ServedFiles {
  /** Opens a file to be fetched. Throws a local `TftpError`, which is the answer. */
  openForReading(filename: string, naming?: Naming): SizedSource;
  /** Begins a file that is sent here. Throws a local `TftpError`, likewise. */
  openForWriting(filename: string, writing: Writing): UploadSink;
  /** A name that a client may have meant, for the operator's eyes. */
  probableName(filename: string, naming?: Naming): string | undefined;
}
