/** One JSON object for one thing that happened: the log for programs. Pure. */

import type { LogRecord, TransferRecord, TransferResult } from "../mod.ts";
import { ErrorCode, TftpError } from "../protocol/mod.ts";
import { levelOf, type LogLevel } from "./log_line.ts";

/** What a line has beside its time; what does not apply to an event is left out. */
interface Line {
  readonly level: LogLevel;
  readonly event: Exclude<LogRecord["kind"], "trouble"> | "error";
  readonly client?: string;
  readonly op?: "get" | "put";
  readonly file?: string;
  readonly mode?: string;
  readonly bytes?: number;
  readonly durationMs?: number;
  readonly blksize?: number;
  readonly windowsize?: number;
  readonly tsize?: number | undefined;
  readonly retransmits?: number;
  readonly rttMs?: number | undefined;
  /** Of a transfer. */
  readonly result?: TransferResult;
  readonly errorCode?: number | undefined;
  readonly note?: string | undefined;
}

/** The record as one line without its end; nothing in it can end a line or move a cursor. */
export function jsonLine(record: LogRecord, at: Date): string {
  const text = JSON.stringify({ time: at.toISOString(), ...lineOf(record) });
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""));
}

function lineOf(record: LogRecord): Line {
  const event = record.kind === "trouble" ? "error" : record.kind;
  const head = { level: levelOf(record), event } as const;
  switch (record.kind) {
    case "transfer":
      return { ...head, ...transferOf(record) };
    case "refused": {
      const { client, direction: op, filename: file, mode, code, message, cause, hint } = record;
      // That a missing file is missing needs no cause.
      const hasCause = cause !== undefined && code !== ErrorCode.FileNotFound;
      const notes = hasCause ? [message, cause] : [message];
      if (hint !== undefined) notes.push(`did you mean ${hint}?`);
      return { ...head, client, op, file, mode, errorCode: code, note: notes.join("; ") };
    }
    case "dropped":
      return { ...head, client: record.client, note: record.reason };
    default:
      return { ...head, note: record.message };
  }
}

function transferOf(record: TransferRecord): Partial<Line> {
  const { agreement, error, note, rewritten } = record;
  const notes = [
    ...(rewritten === undefined ? [] : [`served as ${rewritten}`]),
    ...(error ? [error.message] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return {
    client: record.client,
    op: record.direction,
    file: record.filename,
    mode: record.mode,
    bytes: record.bytes,
    durationMs: rounded(record.elapsedMs),
    blksize: agreement.blksize,
    windowsize: agreement.windowsize,
    tsize: agreement.tsize,
    retransmits: record.retransmits,
    rttMs: record.rttMs === undefined ? undefined : rounded(record.rttMs),
    result: record.result,
    errorCode: codeOf(error),
    note: notes.length === 0 ? undefined : notes.join("; "),
  };
}

/** The code that went over the wire, either way. */
function codeOf(error: Error | undefined): number | undefined {
  if (error instanceof TftpError) return error.code;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
