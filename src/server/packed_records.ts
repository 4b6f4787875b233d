/**
 * Log records as text, for another thread: to copy text costs a third of copying objects. Nearly
 * all are transfers without anything unusual. Of those the names of the fields, which would be most
 * of the text, are left out.
 */

import type { Agreement, Option } from "../protocol/mod.ts";
import type { DraftTransfer, LoggedTransfer, LogRecord } from "./log_record.ts";
import { fromPostedError, type PostedError, toPostedError } from "./worker_messages.ts";

/** A transfer without an error or a remark. What is absent is null. */
type Row = readonly [
  result: LoggedTransfer["result"],
  client: string,
  direction: LoggedTransfer["direction"],
  filename: string,
  mode: string,
  bytes: number,
  elapsedMs: number,
  retransmits: number,
  blksize: number,
  windowsize: number,
  rollover: Agreement["rollover"],
  /** Names and values in turns. */
  granted: readonly string[],
  timeoutMs: number | null,
  tsize: number | null,
  rttMs: number | null,
  id: number | null,
];

/** Any other record, its error without a class. */
type Other = Exclude<LogRecord, LoggedTransfer> | OtherTransfer;
type OtherTransfer = Omit<LoggedTransfer, "error"> & { readonly error?: PostedError };

/** Several of these, one after the other, are one text for {@linkcode unpackRecords}. */
export function packRecord(record: LogRecord): string {
  return `${JSON.stringify(packed(record))}\n`;
}

/** Calls back with the records of such a text, errors with their classes. */
export function unpackRecords(text: string, take: (record: LogRecord) => void): void {
  // One by one: V8 takes longer to collect the objects of hundreds of records than to make them.
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from) + 1;
    take(unpacked(JSON.parse(text.slice(from, end)) as Row | Other));
    from = end;
  }
}

function packed(record: LogRecord): Row | Other {
  if (record.kind !== "transfer") return record;
  const { error, note, rewritten } = record;
  if (error !== undefined) return { ...record, error: toPostedError(error) };
  if (note !== undefined || rewritten !== undefined) return record as OtherTransfer;
  return rowOf(record);
}

function unpacked(record: Row | Other): LogRecord {
  if (isRow(record)) return transferOf(record);
  if (record.kind !== "transfer" || record.error === undefined) return record as LogRecord;
  return { ...record, error: fromPostedError(record.error) };
}

function isRow(record: Row | Other): record is Row {
  return Array.isArray(record);
}

function rowOf(record: LoggedTransfer): Row {
  const { agreement } = record;
  const granted: string[] = [];
  for (const { name, value } of agreement.granted) granted.push(name, value);
  return [
    record.result,
    record.client,
    record.direction,
    record.filename,
    record.mode,
    record.bytes,
    record.elapsedMs,
    record.retransmits,
    agreement.blksize,
    agreement.windowsize,
    agreement.rollover,
    granted,
    agreement.timeoutMs ?? null,
    agreement.tsize ?? null,
    record.rttMs ?? null,
    record.id ?? null,
  ];
}

function transferOf([
  result,
  client,
  direction,
  filename,
  mode,
  bytes,
  elapsedMs,
  retransmits,
  blksize,
  windowsize,
  rollover,
  granted,
  timeoutMs,
  tsize,
  rttMs,
  id,
]: Row): LoggedTransfer {
  const record: DraftTransfer = {
    kind: "transfer",
    result,
    client,
    direction,
    filename,
    mode,
    bytes,
    elapsedMs,
    retransmits,
    agreement: {
      blksize,
      windowsize,
      rollover,
      granted: optionsOf(granted),
      ...(timeoutMs === null ? {} : { timeoutMs }),
      ...(tsize === null ? {} : { tsize }),
    },
  };
  if (rttMs !== null) record.rttMs = rttMs;
  if (id !== null) record.id = id;
  return record;
}

function optionsOf(granted: readonly string[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < granted.length; at += 2) {
    options.push({ name: granted[at]!, value: granted[at + 1]! });
  }
  return options;
}
