import { assert, assertEquals } from "@std/assert";
import { levelOf, logLine } from "../../src/cli/text/log_line.ts";
import { PeerSilentError, TftpError } from "../../src/protocol/mod.ts";
import type { LogRecord } from "../../src/server/log_record.ts";

const AT = new Date(Date.UTC(2026, 7, 3, 10, 0, 0, 123));

const DONE = {
  kind: "transfer",
  result: "done",
  client: "10.0.0.7:2070",
  direction: "get",
  filename: "pxelinux.0",
  mode: "octet",
  bytes: 42_431,
  elapsedMs: 20,
  agreement: {
    blksize: 1428,
    windowsize: 4,
    rollover: 0,
    granted: [{ name: "BLKSIZE", value: "1428" }, { name: "tsize", value: "42431" }],
  },
  retransmits: 3,
} satisfies LogRecord;

const REFUSED: LogRecord = {
  kind: "refused",
  client: "[::1]:2070",
  direction: "put",
  filename: "x",
  mode: "octet",
  code: 2,
  message: "Access violation",
};

Deno.test("logLine tells client, direction, file, bytes, time, rate, options and repeats", () => {
  assertEquals(
    logLine(DONE, AT),
    '2026-08-03T10:00:00Z 10.0.0.7:2070 get "pxelinux.0" ' +
      "42,431 bytes in 0.02 s (2.12 MB/s), blksize 1428, 3 blocks retransmitted",
  );
});

Deno.test("logLine tells the second of each line, also where it comes again", () => {
  const times = [0, 999, 1000, 500].map((ms) => logLine(DONE, new Date(ms)).split(" ")[0]);
  const [first, next] = ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"];
  assertEquals(times, [first, first, next, first]);
});

Deno.test("logLine tells what is odd about a whole transfer", () => {
  assert(
    logLine({ ...DONE, note: "the last ACK is missing" }, AT).endsWith(
      "3 blocks retransmitted (the last ACK is missing)",
    ),
  );
});

Deno.test("logLine tells how far a failed transfer came and why it ended", () => {
  const error = new PeerSilentError("ACK", 9000, true);
  const silent = { ...DONE, result: "failed", error } as const;
  assertEquals(
    logLine(silent, AT),
    '2026-08-03T10:00:00Z 10.0.0.7:2070 get "pxelinux.0" ' +
      "failed after 42,431 bytes in 0.02 s: No ACK for 9.0 s",
  );
  const full = new TftpError("peer", 3, "full\nx");
  const told = { ...DONE, result: "failed", error: full } as const;
  assert(logLine(told, AT).endsWith("0.02 s: the client said: full\\nx (error 3)"));
});

Deno.test("logLine calls a size probe a probe, and a restart no failure", () => {
  const error = new TftpError("peer", 8, "User aborted");
  const probe = { ...DONE, bytes: 0, result: "probe", error } as const;
  assert(logLine(probe, AT).endsWith('get "pxelinux.0" size query'));
  const why = new Error("the client started again from 10.0.0.7:2071");
  const replaced = { ...DONE, result: "replaced", error: why } as const;
  assert(logLine(replaced, AT).endsWith("replaced: the client started again from 10.0.0.7:2071"));
  for (const record of [probe, replaced]) assertEquals(levelOf(record), "info");
});

Deno.test("logLine calls what failed a failure", () => {
  const failed = { ...DONE, result: "failed", error: new TftpError("peer", 0, "stop") } as const;
  assert(logLine(failed, AT).includes(" failed after "));
  assertEquals(levelOf(failed), "error");
});

Deno.test("logLine tells a rewritten name and a probable one", () => {
  assert(logLine({ ...DONE, rewritten: "boot/a" }, AT).includes('"pxelinux.0" as "boot/a" 42'));
  const line = logLine({ ...REFUSED, code: 1, hint: "Boot/BCD" }, AT);
  assert(line.endsWith('(error 1); did you mean "Boot/BCD"?'));
});

Deno.test("logLine tells a refusal with its code, and the cause to the operator alone", () => {
  assertEquals(
    logLine(REFUSED, AT),
    '2026-08-03T10:00:00Z [::1]:2070 put "x" refused: Access violation (error 2)',
  );
  assert(logLine({ ...REFUSED, cause: "EIO" }, AT).endsWith("(error 2) [EIO]"));
});

Deno.test("logLine stays one line whatever a client sends", () => {
  const hostile = 'x" 0 bytes\n2026-08-03T10:00:00Z 10.0.0.8:1 get "y\u2028\x1b[1A\udc85';
  const records: LogRecord[] = [
    { ...DONE, filename: hostile, error: new TftpError("peer", 0, hostile), note: hostile },
    { ...REFUSED, filename: hostile, message: hostile, cause: hostile },
    { kind: "dropped", client: "10.0.0.7:2070", reason: hostile },
    { ...DONE, rewritten: hostile },
    { ...REFUSED, hint: hostile },
    { kind: "error", message: hostile },
  ];
  for (const record of records) {
    const line = logLine(record, AT);
    assert(!/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(line), line);
  }
  assert(logLine(records[0]!, AT).includes('get "x\\" 0 bytes\\n2026-08-03T10:00:00Z'));
});

Deno.test("logLine cuts a name of ten thousand letters", () => {
  assert(logLine({ ...DONE, filename: "a".repeat(10_000) }, AT).length < 400);
});

Deno.test("levelOf puts errors first and stray datagrams last", () => {
  assertEquals(levelOf({ kind: "error", message: "x" }), "error");
  assertEquals(levelOf(DONE), "info");
  assertEquals(levelOf(REFUSED), "info");
  assertEquals(levelOf({ kind: "dropped", client: "x", reason: "y" }), "debug");
});
