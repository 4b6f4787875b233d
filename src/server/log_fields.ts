/**
 * Log records as named values: the log in JSON and the status of a server use the same names. Pure.
 */

import { ErrorCode, errorSentence, TftpError } from "../protocol/mod.ts";
import type { LogRecord, RefusalRecord, TransferRecord, TransferResult } from "./log_record.ts";

/**
 * The values of a log record; those that do not apply are absent.
 *
 * ```ts
 * import type { LogFields } from "@tftp/tftp";
 *
 * // A line of `tftp serve --log-format json`.
 * const line = '{"event":"transfer","op":"get","file":"kernel","bytes":9000,"result":"done"}';
 * const { file, bytes }: LogFields = JSON.parse(line);
 * if (file !== "kernel" || bytes !== 9000) throw new Error(`${bytes} bytes of ${file}`);
 * ```
 */
export interface LogFields {
  /** The kind of event. */
  readonly event: LogRecord["kind"];
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client?: string;
  /** Whether the client downloads or uploads. */
  readonly op?: "get" | "put";
  /** As the client sent it; may contain anything. */
  readonly file?: string;
  /** The transfer mode as the client sent it, in lower case. */
  readonly mode?: string;
  /** Bytes of the file that were transferred. */
  readonly bytes?: number;
  /** From the request to the end, in milliseconds. */
  readonly durationMs?: number;
  /** Bytes of a block. */
  readonly blksize?: number;
  /** Blocks of a window. */
  readonly windowsize?: number;
  /** Size of the file in bytes, where the client asked for it or announced it. */
  readonly tsize?: number | undefined;
  /** Packets that were retransmitted. */
  readonly retransmits?: number;
  /** Round trip of the first answer, in milliseconds. */
  readonly rttMs?: number | undefined;
  /** How it ended. */
  readonly result?: TransferResult | "refused";
  /** The code of the ERROR packet, sent or received. */
  readonly errorCode?: number | undefined;
  /** Why it ended, and anything unusual about it, as text. */
  readonly note?: string | undefined;
  /** An existing name that may have been meant. */
  readonly hint?: string | undefined;
}

/** How much to say of an error: everything, or only what its client may know. */
export type Detail = "all" | "public";

/** The named values of a record. With `public` they contain no path of this machine. */
export function fieldsOf(record: LogRecord, detail: Detail = "all"): LogFields {
  const { kind: event } = record;
  switch (record.kind) {
    case "transfer":
      return { event, ...fieldsOfTransfer(record, detail) };
    case "refused":
      return { event, ...fieldsOfRefusal(record, detail) };
    case "dropped":
      return { event, client: record.client, note: record.reason };
    default:
      return { event, note: record.message };
  }
}

function fieldsOfRefusal(record: RefusalRecord, detail: Detail): Partial<LogFields> {
  const { client, direction: op, filename: file, mode, code, message, cause, hint } = record;
  // A missing file needs no cause.
  const hasCause = cause !== undefined && code !== ErrorCode.FileNotFound && detail === "all";
  return {
    ...{ client, op, file, mode, result: "refused", errorCode: code },
    note: hasCause ? `${message}; ${cause}` : message,
    ...(hint === undefined ? {} : { hint }),
  };
}

function fieldsOfTransfer(record: TransferRecord, detail: Detail): Partial<LogFields> {
  const { agreement, error, note, rewritten } = record;
  const notes = [
    ...(rewritten === undefined ? [] : [`served as ${rewritten}`]),
    ...(error ? [detail === "all" ? error.message : toldOf(error)] : []),
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

/** Errors whose text is about the client, the network or the protocol, not about a file. */
const TELLABLE = [
  "CancelledError",
  "NetworkError",
  "PeerSilentError",
  "ProtocolError",
  "ReplacedError",
  "SizeError",
  "UnreachableError",
];

/** An error from another thread has its name, but not its class. */
function toldOf(error: Error): string {
  if (error instanceof TftpError) {
    return error.side === "peer" ? `the client said: ${error.message}` : error.message;
  }
  if (TELLABLE.includes(error.name)) return error.message;
  const code = codeOf(error);
  return code === undefined ? "Internal failure" : errorSentence(code);
}

/** The code that was sent or received. */
function codeOf(error: Error | undefined): number | undefined {
  if (error instanceof TftpError) return error.code;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** A value as JSON. Characters that end a line, move a cursor or turn text are escaped. */
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
