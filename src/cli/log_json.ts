/** One JSON object for one thing that happened: the log for programs. Pure. */

import type { LogRecord } from "../mod.ts";
import { ErrorCode, TftpError } from "../protocol/mod.ts";

/** Every line has these, `null` where they mean nothing. */
interface Line {
  client: string | null;
  op: "get" | "put" | null;
  file: string | null;
  mode: string | null;
  bytes: number | null;
  durationMs: number | null;
  blksize: number | null;
  windowsize: number | null;
  tsize: number | null;
  retransmits: number | null;
  rttMs: number | null;
  result: string;
  errorCode: number | null;
  note: string | null;
}

const NOTHING = {
  ...{ client: null, op: null, file: null, mode: null, bytes: null, durationMs: null },
  ...{ blksize: null, windowsize: null, tsize: null, retransmits: null, rttMs: null },
  ...{ result: "", errorCode: null, note: null },
};

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
  switch (record.kind) {
    case "transfer": {
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
        tsize: agreement.tsize ?? null,
        retransmits: record.retransmits,
        rttMs: record.rttMs === undefined ? null : rounded(record.rttMs),
        result: record.result,
        errorCode: codeOf(error),
        note: notes.length === 0 ? null : notes.join("; "),
      };
    }
    case "refused": {
      const { client, direction: op, filename: file, mode, code, message, cause, hint } = record;
      // That a missing file is missing needs no cause.
      const hasCause = cause !== undefined && code !== ErrorCode.FileNotFound;
      const notes = hasCause ? [message, cause] : [message];
      if (hint !== undefined) notes.push(`did you mean ${hint}?`);
      const details = { client, op, file, mode, errorCode: code, note: notes.join("; ") };
      return { ...NOTHING, ...details, result: "refused" };
    }
    case "dropped":
      return { ...NOTHING, client: record.client, result: "dropped", note: record.reason };
    default:
      return { ...NOTHING, result: record.kind, note: record.message };
  }
}

/** The code that went over the wire, either way. */
function codeOf(error: Error | undefined): number | null {
  if (error instanceof TftpError) return error.code;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : null;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
