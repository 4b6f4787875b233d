/** What gets from one thread to another: plain values, of which the same is made again. */

import { assert, assertEquals } from "@std/assert";
import { type LogRecord, MapFile, TftpError } from "../../src/mod.ts";
import { LocalFileError } from "../../src/engine/errors.ts";
import {
  fromPostedPolicy,
  packRecords,
  toPostedPolicy,
  toPostedRecord,
  unpackRecords,
} from "../../src/server/worker_messages.ts";
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

Deno.test("a record is logged in the same words after it has come from another thread", () => {
  const come = unpackRecords(packRecords(RECORDS.map(toPostedRecord)));
  assertEquals(come.map((record) => logLine(record, AT)), RECORDS.map((r) => logLine(r, AT)));
  assertEquals(come.map((record) => jsonLine(record, AT)), RECORDS.map((r) => jsonLine(r, AT)));
});

Deno.test("a policy does the same after it has come to another thread", () => {
  const map = new MapFile("r ^a$ b\n", "map");
  const policy = { map, maxPerClient: Infinity, uploads: "new" } as const;
  const come = fromPostedPolicy(structuredClone(toPostedPolicy(policy)));
  assertEquals([come.maxPerClient, come.uploads], [Infinity, "new"]);
  assertEquals(come.map?.rewrite("a", { direction: "get", client: "10.0.0.7" }), "b");
  assert(!("map" in fromPostedPolicy(structuredClone(toPostedPolicy({})))));
});
