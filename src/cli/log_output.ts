/** Where the server's log goes. */

import type { LogRecord } from "../mod.ts";
import type { LogSettings } from "./command.ts";
import { jsonLine } from "./log_json.ts";
import { levelOf, LOG_LEVELS, logLine } from "./log_line.ts";
import { printError, printOut } from "./print.ts";
import { localFileError } from "../files/file_error.ts";

export class LogOutput {
  #settings: LogSettings;
  #file: Deno.FsFile | undefined;

  /** Throws `LocalFileError` when the file can't be opened. */
  constructor(settings: LogSettings) {
    this.#settings = settings;
    this.#file = openLog(settings.file);
  }

  /** Another level or format from now on, and the file opened anew: it may have been moved away. */
  reopen(settings: LogSettings): void {
    const file = openLog(settings.file);
    this.#file?.close();
    this.#file = file;
    this.#settings = settings;
  }

  write(record: LogRecord): void {
    const { level, format } = this.#settings;
    if (LOG_LEVELS.indexOf(levelOf(record)) > LOG_LEVELS.indexOf(level)) return;
    const line = format === "json" ? jsonLine(record, new Date()) : logLine(record, new Date());
    try {
      if (this.#file) writeLine(this.#file, line);
      else if (record.kind === "trouble" && format === "text") printError([line]);
      else printOut([line]);
    } catch {
      // A log that nobody reads any more, or a full disk under it, must not stop the server.
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

function openLog(path: string | undefined): Deno.FsFile | undefined {
  if (path === undefined) return undefined;
  try {
    return Deno.openSync(path, { append: true, create: true });
  } catch (error) {
    throw localFileError("write the log", path, error);
  }
}

function writeLine(file: Deno.FsFile, line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
