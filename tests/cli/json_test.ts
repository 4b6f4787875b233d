import { assertEquals } from "@std/assert";
import type { Job } from "../../src/cli/commands/job.ts";
import { TERMINATED } from "../../src/cli/text/exit_code.ts";
import { failureObject, successObject } from "../../src/cli/text/json.ts";
import type { Summary } from "../../src/mod.ts";
import { CancelledError, PLAIN_AGREEMENT, TftpError } from "../../src/protocol/mod.ts";

const JOB: Job = {
  direction: "get",
  remote: { host: "h", port: 69, filename: "dir/f", mode: "octet" },
  local: "f",
  run: () => Promise.reject(new Error("not run here")),
};

const SUMMARY: Summary = {
  direction: "get",
  filename: "dir/f",
  peer: "10.0.0.1:4000",
  bytes: 3,
  elapsedMs: 1.23456,
  asked: [{ name: "blksize", value: "1428" }],
  agreement: PLAIN_AGREEMENT,
  retransmits: 1,
  duplicates: 2,
  gaps: 3,
  fellBack: true,
  dallied: Promise.resolve(),
};

const IDENTITY = {
  direction: "get",
  host: "h",
  port: 69,
  file: "dir/f",
  local: "f",
  mode: "octet",
} as const;

Deno.test("successObject tells what was asked, granted and moved", () => {
  assertEquals(successObject(JOB, { summary: SUMMARY, sha256: "ab" }), {
    ok: true,
    ...IDENTITY,
    peer: "10.0.0.1:4000",
    bytes: 3,
    ms: 1.235,
    sha256: "ab",
    asked: { blksize: "1428" },
    granted: {},
    blksize: 512,
    windowsize: 1,
    retransmits: 1,
    duplicates: 2,
    gaps: 3,
    fellBack: true,
  });
});

Deno.test("successObject is not ok when the last block was never acknowledged", () => {
  const summary = { ...SUMMARY, note: "the last block was never acknowledged" };
  const { ok, exitCode, error } = successObject(JOB, { summary }, ["w"]);
  assertEquals([ok, exitCode, error?.message], [false, 5, summary.note]);
});

Deno.test("failureObject tells the exit code, the words and a server's code", () => {
  assertEquals(failureObject(JOB, new TftpError("peer", 1)), {
    ok: false,
    ...IDENTITY,
    exitCode: 4,
    error: { name: "TftpError", message: "File not found (server error 1)", code: 1 },
  });
  assertEquals(failureObject(JOB, "odd").error, { name: "Error", message: "odd" });
  const interrupted = new CancelledError("Interrupted");
  assertEquals(failureObject(JOB, interrupted).exitCode, 130);
  assertEquals(failureObject(JOB, interrupted, TERMINATED).exitCode, 143);
  assertEquals(failureObject(JOB, new TftpError("peer", 1), TERMINATED).exitCode, 4);
});
