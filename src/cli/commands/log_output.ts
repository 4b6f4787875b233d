/**
 * The output of the server's log. The server never waits for its readers: lines beyond a limit are
 * dropped and counted, and the log says how many when it can be written again.
 */

import { LocalFileError } from "../../engine/errors.ts";
import { localFileError } from "../../files/file_error.ts";
import { LateFile } from "../../files/late_file.ts";
import { findJournal, type Journal } from "../../files/journal.ts";
import { type SlowWriter, WriteQueue } from "../../files/write_queue.ts";
import type { LogRecord } from "../../mod.ts";
import { ErrorCode } from "../../protocol/mod.ts";
import type { LogSettings } from "../args/command.ts";
import { quoted } from "../text/format.ts";
import { jsonLine } from "../text/log_json.ts";
import { levelOf, LOG_LEVELS, type LogLevel, logLine, priorityMark } from "../text/log_line.ts";
import { errorLines } from "../text/report.ts";

/** Bytes buffered for a slow reader or disk: about ten thousand lines. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long writing the last lines may take when the program ends. */
const CLOSE_WITHIN_MS = 1_000;

export class LogOutput {
  #settings: LogSettings;
  #file: LateFile | undefined;
  #fileQueue: WriteQueue<string> | undefined;
  readonly #out: WriteQueue<string>;
  readonly #error: WriteQueue<string>;
  readonly #journal: Journal = findJournal();

  private constructor(settings: LogSettings, file: LateFile | undefined) {
    this.#settings = settings;
    this.#out = this.#queue(Deno.stdout);
    this.#error = this.#queue(Deno.stderr);
    this.#use(file);
  }

  /** Throws `LocalFileError` when the file can't be opened. */
  static async open(settings: LogSettings): Promise<LogOutput> {
    return new LogOutput(settings, await openLog(settings.file));
  }

  /**
   * Sets another level or format, and reopens the file: it may have been moved. Throws
   * `LocalFileError`, and then nothing has changed.
   */
  async reopen(settings: LogSettings): Promise<void> {
    const file = await openLog(settings.file);
    const [old, oldQueue] = [this.#file, this.#fileQueue];
    this.#settings = settings;
    this.#use(file);
    if (old === undefined || oldQueue === undefined) return;
    oldQueue.close(CLOSE_WITHIN_MS).then((lost) => {
      old.close();
      if (lost > 0) this.#log.addLost(lost);
    });
  }

  write(record: LogRecord): void {
    const { level, format } = this.#settings;
    if (LOG_LEVELS.indexOf(levelOf(record)) > LOG_LEVELS.indexOf(level)) return;
    const isError = record.kind === "error" && format === "text" && !this.#fileQueue;
    if (isError) this.#error.add(this.#lineOf(record, this.#journal.error));
    else this.#log.add(this.#lineOf(record, !this.#fileQueue && this.#journal.out));
  }

  /** Whether systemd's journal reads standard output, so that nobody sits at a terminal. */
  get isInJournal(): boolean {
    return this.#journal.out;
  }

  /** Prints a text on standard output. */
  readonly say = (lines: readonly string[]): void => {
    if (lines.length > 0) this.#out.add(textOf(this.#marked(lines, "info", this.#journal.out)));
  };

  /** Prints a text on standard error. */
  readonly sayError = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    this.#error.add(textOf(this.#marked(lines, "error", this.#journal.error)));
  };

  /** Writes what is buffered, for a short time at most. */
  async close(): Promise<void> {
    const [lost = 0] = await Promise.all([
      this.#fileQueue?.close(CLOSE_WITHIN_MS),
      this.#out.close(CLOSE_WITHIN_MS),
    ]);
    if (lost > 0) this.sayError([`tftp: ${lines(lost)} of the log could not be written`]);
    await this.#error.close(CLOSE_WITHIN_MS);
    this.#file?.close();
  }

  get #log(): WriteQueue<string> {
    return this.#fileQueue ?? this.#out;
  }

  #use(file: LateFile | undefined): void {
    this.#file = file;
    this.#fileQueue = file && this.#queue(file, (error) => {
      const fault = localFileError("write the log", this.#settings.file ?? "", error);
      const next = "  Lines are kept for it; if there are too many, the rest is lost.";
      this.sayError([...errorLines(fault), next]);
    });
    if (!file || file.isOpen) return;
    const path = quoted(this.#settings.file ?? "");
    this.sayError([`tftp: the log ${path} is not open yet: the pipe has no reader`]);
  }

  #queue(writer: SlowWriter, failed?: (error: unknown) => void): WriteQueue<string> {
    return new WriteQueue(writer, {
      maxBytes: MAX_WAITING_BYTES,
      lostNote: (count) => {
        const message = `${lines(count)} of the log were lost: the reader was too slow`;
        const isRead = writer === Deno.stdout ? this.#journal.out : false;
        return this.#lineOf({ kind: "notice", message }, isRead);
      },
      ...(failed === undefined ? {} : { failed }),
    });
  }

  #lineOf(record: LogRecord, isJournal: boolean): string {
    const at = new Date();
    const line = this.#settings.format === "json" ? jsonLine(record, at) : logLine(record, at);
    return textOf(this.#marked([line], levelOf(record), isJournal));
  }

  /** Formats lines for their reader: the journal gets the level of each. */
  #marked(lines: readonly string[], level: LogLevel, isJournal: boolean): readonly string[] {
    return isJournal ? lines.map((line) => priorityMark(level) + line) : lines;
  }
}

async function openLog(path: string | undefined): Promise<LateFile | undefined> {
  if (path === undefined) return undefined;
  try {
    return await LateFile.open(path, { append: true, create: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new LocalFileError(
        `the folder of the log ${quoted(path)} does not exist: create it first`,
        path,
        ErrorCode.NotDefined,
      );
    }
    throw localFileError("write the log", path, error);
  }
}

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function lines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}
