import { assert, assertEquals } from "@std/assert";
import { jsonLine } from "../../src/cli/text/log_json.ts";
import type { LogRecord } from "../../src/mod.ts";
import { PLAIN_AGREEMENT, TftpError } from "../../src/protocol/mod.ts";

const AT = new Date(Date.UTC(2026, 7, 3, 10, 0, 0, 123));

const DONE: LogRecord = {
  kind: "transfer",
  result: "done",
  client: "10.0.0.7:2070",
  direction: "get",
  filename: "a",
  mode: "octet",
  bytes: 5,
  elapsedMs: 1.2345,
  agreement: { ...PLAIN_AGREEMENT, tsize: 5 },
  retransmits: 0,
  rttMs: 0.5,
};

Deno.test("jsonLine tells a transfer", () => {
  assertEquals(
    jsonLine(DONE, AT),
    '{"time":"2026-08-03T10:00:00.123Z","level":"info","event":"transfer",' +
      '"client":"10.0.0.7:2070","op":"get","file":"a","mode":"octet","bytes":5,' +
      '"durationMs":1.23,"blksize":512,"windowsize":1,"tsize":5,"retransmits":0,"rttMs":0.5,' +
      '"result":"done"}',
  );
});

Deno.test("jsonLine tells event and level, and nothing that means nothing", () => {
  const records: LogRecord[] = [
    DONE,
    { ...DONE, result: "failed", error: new TftpError("peer", 3, "full") },
    {
      kind: "refused",
      ...{ client: "x", direction: "put", filename: "y", mode: "octet", code: 1, message: "no" },
      hint: "Y",
    },
    { kind: "dropped", client: "x", reason: "y" },
    { kind: "notice", message: "x" },
    { kind: "error", message: "x" },
  ];
  const lines = records.map((record) => JSON.parse(jsonLine(record, AT)));
  assertEquals(lines.map(({ event, level }) => `${event} ${level}`), [
    ...["transfer info", "transfer error", "refused info", "dropped debug", "notice info"],
    "error error",
  ]);
  assertEquals(lines.map(({ result }) => result), [
    ...["done", "failed", "refused", undefined, undefined, undefined],
  ]);
  const { errorCode, note } = lines[1];
  assertEquals([errorCode, note], [3, "full"]);
  assertEquals(Object.keys(lines[2]), [
    ...["time", "level", "event", "client", "op", "file", "mode", "result", "errorCode", "note"],
    "hint",
  ]);
  assertEquals([lines[2].note, lines[2].hint], ["no", "Y"]);
  assertEquals(Object.keys(lines[4]), ["time", "level", "event", "note"]);
});

Deno.test("jsonLine stays one line of visible characters, and keeps every byte of a name", () => {
  const hostile = '"}\n{"x\u2028\x1b[1A\x7f\x9b\u202e\udc85\u{e0001}';
  const line = jsonLine({ ...DONE, filename: hostile, note: hostile, rewritten: hostile }, AT);
  assert(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(line), line);
  assertEquals(JSON.parse(line).file, hostile);
});
