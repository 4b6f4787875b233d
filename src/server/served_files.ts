/** The files of a server, as its rules see them: a folder of the system, or one in memory. */

import type { SizedSource } from "../engine/ends.ts";
import type { FileSink } from "../files/file_sink.ts";
import type { Naming, Writing } from "../engine/handler.ts";

/** What opens files for requests; `ServedRoot` is the one of a folder. */
export interface ServedFiles {
  /** Opens a file to be fetched. Throws a local `TftpError`, which is the answer. */
  openForReading(filename: string, naming?: Naming): SizedSource;
  /** Begins a file that is sent here. Throws a local `TftpError`, likewise. */
  openForWriting(filename: string, writing: Writing): FileSink;
  /** A name that a client may have meant, for the operator's eyes. */
  probableName(filename: string, naming?: Naming): string | undefined;
}
