import { assert, assertEquals } from "@std/assert";
import { jsonLine } from "../../src/cli/log_json.ts";
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

/** The keys of every line, in their order. */
const KEYS =
  "time client op file mode bytes durationMs blksize windowsize tsize retransmits rttMs " +
  "result errorCode note";

Deno.test("jsonLine tells a transfer", () => {
  assertEquals(
    jsonLine(DONE, AT),
    '{"time":"2026-08-03T10:00:00.123Z","client":"10.0.0.7:2070","op":"get","file":"a",' +
      '"mode":"octet","bytes":5,"durationMs":1.23,"blksize":512,"windowsize":1,"tsize":5,' +
      '"retransmits":0,"rttMs":0.5,"result":"done","errorCode":null,"note":null}',
  );
});

Deno.test("jsonLine has the same keys on every line", () => {
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
    { kind: "trouble", message: "x" },
  ];
  const lines = records.map((record) => JSON.parse(jsonLine(record, AT)));
  for (const line of lines) assertEquals(Object.keys(line).join(" "), KEYS);
  assertEquals(lines.map(({ result }) => result), [
    ...["done", "failed", "refused", "dropped", "notice", "trouble"],
  ]);
  assertEquals(lines.map(({ errorCode }) => errorCode), [null, 3, 1, null, null, null]);
  assertEquals([lines[1].note, lines[2].note], ["full", "no; did you mean Y?"]);
});

Deno.test("jsonLine stays one line of visible characters, and keeps every byte of a name", () => {
  const hostile = '"}\n{"x\u2028\x1b[1A\x7f\x9b\u202e\udc85\u{e0001}';
  const line = jsonLine({ ...DONE, filename: hostile, note: hostile, rewritten: hostile }, AT);
  assert(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(line), line);
  assertEquals(JSON.parse(line).file, hostile);
});
