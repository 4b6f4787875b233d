/** A log record as one line of the server's log. Pure. */

import type { LogRecord, TransferRecord } from "../../mod.ts";
import { ErrorCode, TftpError } from "../../protocol/mod.ts";
import { byteCount, duration, printable, quoted, resent } from "./format.ts";
import { bytesAndTime, grantedOptions } from "./report.ts";

/** The levels of a log, from few lines to many. */
export const LOG_LEVELS = ["error", "info", "debug"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The lowest level at which a record is logged. */
export function levelOf(record: LogRecord): LogLevel {
  switch (record.kind) {
    case "error":
      return "error";
    case "transfer":
      return record.result === "failed" ? "error" : "info";
    case "refused":
    case "notice":
      return "info";
    case "dropped":
      return "debug";
  }
}

/** The syslog levels: err, info and debug. */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { error: 3, info: 6, debug: 7 };

/** The journal removes this from a line and uses it as the level (sd-daemon(3)). */
export function priorityMark(level: LogLevel): string {
  return `<${PRIORITIES[level]}>`;
}

/**
 * A line such as `2026-08-03T10:00:00Z 192.0.2.7:2070 get "pxelinux.0" 42,431 bytes in 0.02 s …`.
 * Text from a client can't add a line, and its names can't look like another part of this one.
 */
export function logLine(record: LogRecord, at: Date): string {
  return `${secondOf(at)} ${event(record)}`;
}

/** The last second of the log as text, which a busy server writes thousands of times. */
let lastSecond = { at: NaN, text: "" };

/** `2026-08-03T10:00:00Z`. */
function secondOf(time: Date): string {
  const at = Math.floor(time.getTime() / 1000);
  if (at !== lastSecond.at) {
    lastSecond = { at, text: time.toISOString().replace(/\.\d+Z$/, "Z") };
  }
  return lastSecond.text;
}

function event(record: LogRecord): string {
  switch (record.kind) {
    case "transfer":
      return `${record.client} ${record.direction} ${nameIn(record)} ${outcome(record)}`;
    case "refused": {
      const { client, direction, filename, code, message, cause, hint } = record;
      // A missing file needs no cause.
      const why = cause === undefined || code === ErrorCode.FileNotFound
        ? ""
        : ` [${printable(cause)}]`;
      return `${client} ${direction} ${quoted(filename)} refused: ${printable(message)} ` +
        `(error ${code})${why}${hint === undefined ? "" : `; did you mean ${quoted(hint)}?`}`;
    }
    case "dropped":
      return `${record.client} dropped: ${printable(record.reason)}`;
    case "notice":
      return `note: ${printable(record.message)}`;
    case "error":
      return `error: ${printable(record.message)}`;
  }
}

/** The requested name, and the name that the map file made of it. */
function nameIn({ filename, rewritten }: TransferRecord): string {
  return rewritten === undefined ? quoted(filename) : `${quoted(filename)} as ${quoted(rewritten)}`;
}

function outcome(record: TransferRecord): string {
  const { result, error, note, bytes, elapsedMs } = record;
  const remark = note === undefined ? "" : ` (${printable(note)})`;
  if (error === undefined) {
    // What the client gets, the server sends.
    const side = record.direction === "get" ? "sender" : "receiver";
    const repeats = resent(record.retransmits, side);
    return [bytesAndTime(record), grantedOptions(record.agreement), ...repeats].join(", ") + remark;
  }
  if (result === "probe") return `size query${remark}`;
  if (result === "replaced") return `replaced: ${printable(error.message)}${remark}`;
  const told = error instanceof TftpError && error.side === "peer"
    ? `the client said: ${printable(error.message)} (error ${error.code})`
    : printable(error.message);
  return `failed after ${byteCount(bytes)} in ${duration(elapsedMs)}: ${told}${remark}`;
}
