/**
 * What happened, as named values: the log in JSON and the status of a server have the same names
 * for the same things. Pure.
 */

import { ErrorCode, errorSentence, TftpError } from "../protocol/mod.ts";
import type { LogRecord, RefusalRecord, TransferRecord, TransferResult } from "./log_record.ts";

/** What may be told of one thing that happened; what means nothing to it is left out. */
export interface LogFields {
  /** What kind of thing it is. */
  readonly event: LogRecord["kind"];
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client?: string;
  /** Whether the client fetched or sent. */
  readonly op?: "get" | "put";
  /** As the client sent it; may hold anything. */
  readonly file?: string;
  /** As the client named it, in lower case. */
  readonly mode?: string;
  /** Bytes of the file that were moved. */
  readonly bytes?: number;
  /** From the request to the end, in milliseconds. */
  readonly durationMs?: number;
  /** Bytes of a block. */
  readonly blksize?: number;
  /** Blocks of a window. */
  readonly windowsize?: number;
  /** Bytes of the file, where the client asked for them or told them. */
  readonly tsize?: number | undefined;
  /** Packets that were sent again. */
  readonly retransmits?: number;
  /** From the first answer to what came back for it, in milliseconds. */
  readonly rttMs?: number | undefined;
  /** How it ended. */
  readonly result?: TransferResult | "refused";
  /** The code of the ERROR packet, either way. */
  readonly errorCode?: number | undefined;
  /** Why it ended, and what is odd about it, in words. */
  readonly note?: string | undefined;
  /** A name that is there, and may have been meant. */
  readonly hint?: string | undefined;
}

/** How much of an error is told: all of it, or no more than its client may know. */
export type Discretion = "all" | "told";

/**
 * The named values of a record. What is only `told` holds no path of this machine, whatever went
 * wrong here.
 */
export function fieldsOf(record: LogRecord, discretion: Discretion = "all"): LogFields {
  const { kind: event } = record;
  switch (record.kind) {
    case "transfer":
      return { event, ...fieldsOfTransfer(record, discretion) };
    case "refused":
      return { event, ...fieldsOfRefusal(record, discretion) };
    case "dropped":
      return { event, client: record.client, note: record.reason };
    default:
      return { event, note: record.message };
  }
}

function fieldsOfRefusal(record: RefusalRecord, discretion: Discretion): Partial<LogFields> {
  const { client, direction: op, filename: file, mode, code, message, cause, hint } = record;
  // That a missing file is missing needs no cause.
  const hasCause = cause !== undefined && code !== ErrorCode.FileNotFound && discretion === "all";
  return {
    ...{ client, op, file, mode, result: "refused", errorCode: code },
    note: hasCause ? `${message}; ${cause}` : message,
    ...(hint === undefined ? {} : { hint }),
  };
}

function fieldsOfTransfer(record: TransferRecord, discretion: Discretion): Partial<LogFields> {
  const { agreement, error, note, rewritten } = record;
  const notes = [
    ...(rewritten === undefined ? [] : [`served as ${rewritten}`]),
    ...(error ? [discretion === "all" ? error.message : toldOf(error)] : []),
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

/** Errors whose words are about the client, the network or the protocol, and not about a file. */
const TELLABLE = [
  "CancelledError",
  "NetworkError",
  "PeerSilentError",
  "ProtocolError",
  "ReplacedError",
  "UnreachableError",
];

/** An error that has come from another thread has its name and no class. */
function toldOf(error: Error): string {
  if (error instanceof TftpError) {
    return error.side === "peer" ? `the client said: ${error.message}` : error.message;
  }
  if (TELLABLE.includes(error.name)) return error.message;
  const code = codeOf(error);
  return code === undefined ? "Internal failure" : errorSentence(code);
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

/** A value as JSON in which nothing can end a line, move a cursor or turn the reading direction. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}
