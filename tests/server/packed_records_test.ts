/** Log records that come from another thread are the same as before. */

import { assertEquals } from "@std/assert";
import { type LogRecord, TftpError } from "../../src/mod.ts";
import { LocalFileError } from "../../src/engine/errors.ts";
import type { Agreement } from "../../src/protocol/mod.ts";
import type { LoggedTransfer } from "../../src/server/log_record.ts";
import { packRecord, unpackRecords } from "../../src/server/packed_records.ts";
import { jsonLine } from "../../src/cli/text/log_json.ts";
import { logLine } from "../../src/cli/text/log_line.ts";

const AT = new Date(0);

const TRANSFER = {
  kind: "transfer",
  result: "failed",
  client: "10.0.0.7:2070",
  direction: "get",
  filename: "a\udcff\nb",
  mode: "octet",
  bytes: 512,
  elapsedMs: 2.5,
  agreement: { blksize: 512, windowsize: 1, rollover: 0, granted: [] },
  retransmits: 0,
  rttMs: 1.25,
} as const satisfies LogRecord;

const REQUEST = {
  client: "10.0.0.7:2070",
  direction: "put",
  filename: "f",
  mode: "octet",
} as const;

const RECORDS: readonly LogRecord[] = [
  { ...TRANSFER, result: "done" },
  { ...TRANSFER, error: new TftpError("peer", 3, "no room") },
  { ...TRANSFER, error: new TftpError("local", 4, "Mode is neither") },
  { ...TRANSFER, error: new LocalFileError("Cannot read", "/secret", 2) },
  { ...TRANSFER, error: new RangeError("out of it"), note: "odd" },
  { kind: "refused", ...REQUEST, code: 1, message: "File not found", hint: "g" },
  { kind: "refused", ...REQUEST, code: 3, message: "Disk full", cause: "Error: ENOSPC" },
  { kind: "dropped", client: "10.0.0.7:2070", reason: "nonsense" },
  { kind: "notice", message: "something" },
  { kind: "error", message: "worse" },
];

/** The records after the way to another thread and back. */
function unpackedOf(records: readonly LogRecord[]): LogRecord[] {
  const come: LogRecord[] = [];
  unpackRecords(records.map(packRecord).join(""), (record) => come.push(record));
  return come;
}

Deno.test("a record is logged in the same words after it has come from another thread", () => {
  const come = unpackedOf(RECORDS);
  assertEquals(come.map((record) => logLine(record, AT)), RECORDS.map((r) => logLine(r, AT)));
  assertEquals(come.map((record) => jsonLine(record, AT)), RECORDS.map((r) => jsonLine(r, AT)));
});

/** Every field that a transfer can have, except for an error. */
const FULL = {
  kind: "transfer",
  id: 7,
  result: "probe",
  client: "[2001:db8::7]:2070",
  direction: "put",
  filename: '"name\udcff',
  mode: "netascii",
  bytes: 3,
  elapsedMs: 0.0625,
  agreement: {
    blksize: 1428,
    windowsize: 16,
    timeoutMs: 2000,
    tsize: 0,
    rollover: 1,
    granted: [{ name: "BLKSIZE", value: "1428" }, { name: "windowsize", value: "16" }],
  } satisfies Required<Agreement>,
  retransmits: 2,
  rttMs: 0,
  rewritten: "other",
  note: "odd",
} as const satisfies Required<Omit<LoggedTransfer, "error">>;

Deno.test("a transfer keeps each of its fields on the way", () => {
  const { note: _, rewritten: __, ...usual } = FULL;
  const { id: ___, rttMs: ____, ...least } = usual;
  const { timeoutMs: _____, tsize: ______, ...agreed } = FULL.agreement;
  const records = [FULL, usual, least, { ...least, agreement: agreed }, TRANSFER];
  assertEquals(unpackedOf(records), records);
});
