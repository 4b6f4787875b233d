import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Attempt } from "../../src/cli/text/advice.ts";
import type { Ending, Job } from "../../src/cli/commands/job.ts";
import {
  agreementLine,
  completionLine,
  errorLines,
  failureLines,
  stepLine,
  summaryLines,
} from "../../src/cli/text/report.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";
import type { Summary } from "../../src/client/client.ts";
import {
  PeerSilentError,
  PLAIN_AGREEMENT,
  ProtocolError,
  TftpError,
} from "../../src/protocol/mod.ts";
import {
  ChecksumError,
  LocalFileError,
  NetworkError,
  SizeError,
  TooLargeError,
  UnreachableError,
} from "../../src/engine/errors.ts";

const GET: Attempt = { direction: "get", host: "10.0.0.1", port: 69 };
const PUT: Attempt = { ...GET, direction: "put" };

const GOT: Summary = {
  direction: "get",
  filename: "pxelinux.0",
  peer: "10.0.0.1:40213",
  bytes: 42_431,
  elapsedMs: 20,
  agreement: {
    blksize: 1428,
    windowsize: 16,
    tsize: 42_431,
    rollover: 0,
    granted: [
      { name: "blksize", value: "1428" },
      { name: "tsize", value: "42431" },
      { name: "windowsize", value: "16" },
    ],
  },
  asked: [{ name: "blksize", value: "1428" }],
  retransmits: 0,
  duplicates: 0,
  gaps: 0,
  fellBack: false,
  dallied: Promise.resolve(),
};

Deno.test("completionLine tells name, bytes, time and rate in a line of a terminal", () => {
  const line = completionLine(GOT, "pxelinux.0");
  assertEquals(line, 'got "pxelinux.0": 42,431 bytes in 0.02 s (2.12 MB/s)');
});

Deno.test("completionLine tells what this side has sent again, by its name", () => {
  const got = completionLine({ ...GOT, retransmits: 1 }, "x");
  assertMatch(got, /MB\/s\), 1 request or ACK retransmitted$/);
  const sent = completionLine({ ...GOT, direction: "put", retransmits: 2 }, "x");
  assertMatch(sent, /MB\/s\), 2 requests or blocks retransmitted$/);
});

Deno.test("completionLine tells what was received twice, and what was missing", () => {
  const one = completionLine({ ...GOT, duplicates: 1, gaps: 1 }, "x");
  assertMatch(one, /MB\/s\), 1 block received twice, 1 gap$/);
  const many = completionLine({ ...GOT, duplicates: 1000, gaps: 2 }, "x");
  assertMatch(many, /MB\/s\), 1,000 blocks received twice, 2 gaps$/);
});

Deno.test("completionLine tells the name on this side where it differs", () => {
  const sent: Summary = { ...GOT, direction: "put", filename: "x" };
  assertMatch(completionLine(GOT, "boot/p"), /^got "pxelinux\.0" as "boot\/p": /);
  assertMatch(completionLine(GOT, "-"), /^got "pxelinux\.0" to standard output: /);
  assertMatch(completionLine(sent, "x"), /^sent "x": /);
  assertMatch(completionLine(sent, "d/y"), /^sent "d\/y" as "x": /);
  assertMatch(completionLine(sent, "-"), /^sent standard input as "x": /);
});

Deno.test("completionLine tells a fallback, a note and a transfer without options", () => {
  const odd: Summary = {
    ...GOT,
    agreement: PLAIN_AGREEMENT,
    bytes: 0,
    retransmits: 2,
    fellBack: true,
    note: "the last ACK never came",
  };
  assertEquals(
    completionLine(odd, "pxelinux.0"),
    'got "pxelinux.0": 0 bytes in 0.02 s, 2 requests or ACKs retransmitted ' +
      "(the server took no options, so plain RFC 1350 was used; the last ACK never came)",
  );
});

Deno.test("agreementLine tells all that was settled", () => {
  const slow = { ...GOT, agreement: { ...GOT.agreement, timeoutMs: 2000 } };
  assertEquals(
    agreementLine(slow),
    "  peer 10.0.0.1:40213, blksize 1428, windowsize 16, timeout 2 s, tsize 42431",
  );
});

Deno.test("failureLines tell file, server, the server's words and their code", () => {
  assertEquals(failureLines("x", new TftpError("peer", 1), GET), [
    'tftp: cannot get "x" from 10.0.0.1:69: File not found (server error 1)',
    "  Names are relative to the server's folder, and case often matters.",
  ]);
  assertEquals(
    failureLines("x", new TftpError("peer", 6, ""), { ...PUT, host: "::1" })[0],
    'tftp: cannot put "x" on [::1]:69: File already exists (server error 6)',
  );
});

Deno.test("failureLines give the advice that fits the server's words", () => {
  const advice = (code: number, words: string, attempt: Attempt, filename = "x") =>
    failureLines(filename, new TftpError("peer", code, words), attempt)[1]?.trim() ?? "";
  assertStringIncludes(
    advice(2, "Not an address that is served", GET),
    "--from sends from another",
  );
  assertStringIncludes(
    advice(2, "Not an address that is served", PUT),
    "--from sends from another",
  );
  assertStringIncludes(advice(2, "Not a regular file", GET), "not a regular file");
  assertStringIncludes(advice(2, "Is a directory", GET), "not a regular file");
  assertStringIncludes(advice(2, "Access violation", GET), "or this address is not served");
  assertStringIncludes(advice(2, "Access violation", PUT), "--uploads new");
  assertEquals(advice(1, "No such folder", PUT), "Create the folder on the server first.");
  assertStringIncludes(advice(1, "File not found", PUT, "a/x"), "The folder may be missing there");
  assertStringIncludes(advice(1, "File not found", PUT), "only accept files that exist there");
});

Deno.test("failureLines let no server forge a line or move the cursor", () => {
  const hostile = new TftpError("peer", 0, "gone\r\ntftp: got \x1b[2J\u202e");
  const lines = failureLines("a\nb", hostile, GET);
  assertEquals(lines, [
    'tftp: cannot get "a\\nb" from 10.0.0.1:69: ' +
    "gone\\r\\ntftp: got \\x1b[2J\\u{202e} (server error 0)",
  ]);
});

Deno.test("failureLines say what to do about silence", () => {
  const [line, advice = ""] = failureLines("x", new PeerSilentError("answer", 3000, false), GET);
  assertStringIncludes(line ?? "", 'cannot get "x" from 10.0.0.1:69: No answer for 3.0 s');
  assertStringIncludes(advice, "Is a TFTP server running on 10.0.0.1, port 69?");
  const [, later = ""] = failureLines("x", new PeerSilentError("DATA", 3000, true), GET);
  assertStringIncludes(later, "then stopped");
});

Deno.test("failureLines say what to do about what ICMP says", () => {
  const closed = failureLines("x", new UnreachableError("10.0.0.1:69", "ECONNREFUSED"), GET);
  assertEquals(closed, [
    'tftp: cannot get "x" from 10.0.0.1:69: 10.0.0.1:69 answers that no program listens on that ' +
    "port",
    "  Is a TFTP server running on 10.0.0.1, port 69? A firewall that rejects packets looks the " +
    "same.",
  ]);
  const [, off = ""] = failureLines("x", new UnreachableError("10.0.0.1:69", "EHOSTUNREACH"), PUT);
  assertStringIncludes(off, "Is that machine switched on");
});

Deno.test("failureLines blame a broken protocol and the network with the server's name", () => {
  assertEquals(failureLines("x", new ProtocolError("The OACK raises blksize"), GET), [
    'tftp: cannot get "x" from 10.0.0.1:69: The OACK raises blksize',
    "  Plain RFC 1350 may work with this server: --no-options.",
  ]);
  assertEquals(
    failureLines("x", new ProtocolError("Block of 9"), { ...GET, plain: true }).length,
    1,
  );
  const short = new SizeError("Server announced 4 bytes, but sent 3");
  assertStringIncludes(failureLines("x", short, GET)[1] ?? "", "try again");
  assertEquals(failureLines("x", new NetworkError('"h" does not resolve'), PUT), [
    'tftp: cannot put "x" on 10.0.0.1:69: "h" does not resolve',
  ]);
});

Deno.test("failureLines leave the server out of a fault on this side", () => {
  const full = new LocalFileError('Cannot write "x": the disk is full', "x", 3);
  assertEquals(failureLines("x", full, GET), [
    'tftp: cannot write "x": the disk is full',
    "  Free some disk space, or write elsewhere with -o.",
  ]);
  assertEquals(failureLines("x", full, PUT).length, 1);
  const deep = `/${"folder/".repeat(40)}x`;
  const missing = new LocalFileError(`Cannot read "${deep}": no such file`, deep, 1);
  assertEquals(failureLines("x", missing, PUT), [`tftp: cannot read "${deep}": no such file`]);
});

Deno.test("errorLines keep the lines of a usage error apart", () => {
  assertEquals(errorLines(new UsageError("unknown flag -z\nSee: tftp --help")), [
    "tftp: unknown flag -z",
    "  See: tftp --help",
  ]);
});

Deno.test("errorLines name the flag that a missing permission needs", () => {
  const missing = new Deno.errors.NotCapable(
    'Requires net access to "10.0.0.1:69", run again with the --allow-net flag',
  );
  assertEquals(errorLines(missing), [
    'tftp: missing permission: net access to "10.0.0.1:69"; run Deno with --allow-net',
  ]);
});

Deno.test("errorLines give a compiled program no advice about flags", () => {
  const missing = new Deno.errors.NotCapable(
    'Requires net access to "10.0.0.1:69", specify the required permissions during compilation ' +
      "using `deno compile --allow-net`",
  );
  assertEquals(errorLines(missing), [
    'tftp: missing permission: net access to "10.0.0.1:69"; this binary was built without it; ' +
    '"tftp --permissions" shows its permissions',
  ]);
});

Deno.test("errorLines show even what is no error", () => {
  assertEquals(errorLines("x\ny"), ["tftp: x\\ny"]);
});

Deno.test("failureLines tell the next step for what this side would not have", () => {
  const [large, more] = failureLines("x", new TooLargeError(1000), GET);
  assertEquals(
    large,
    'tftp: cannot get "x" from 10.0.0.1:69: The file has more than the 1000 bytes that are allowed',
  );
  assertEquals(more, "  To accept it, raise --max-size.");
  const [, damaged] = failureLines("x", new ChecksumError("a", "b"), GET);
  assertStringIncludes(damaged ?? "", "or the file on the server is damaged");
  const [, changed] = failureLines("x", new ChecksumError("a", "b", "x"), PUT);
  assertStringIncludes(changed ?? "", "or the file has changed here");
  const exists = new LocalFileError('Cannot write "x": it exists', "x", 6);
  assertStringIncludes(failureLines("x", exists, GET)[1] ?? "", "leave out --no-clobber");
});

Deno.test("stepLine tells what is asked, and why it is asked otherwise", () => {
  const options = [{ name: "blksize", value: "1428" }, { name: "tsize", value: "0" }];
  assertEquals(
    stepLine("x", { kind: "ask", peer: "10.0.0.1:69", options }),
    '  asking 10.0.0.1:69 for "x": blksize=1428 tsize=0',
  );
  assertEquals(
    stepLine("x", { kind: "fall back", reason: new TftpError("peer", 8) }),
    '  "x": the server took no options (Option refused (server error 8))',
  );
  assertEquals(
    stepLine("x", { kind: "shrink", blksize: 4096 }),
    '  "x": no block gets through; trying blocks of 4,096 bytes',
  );
});

Deno.test("summaryLines count what has moved and list what has not", () => {
  const remote = { host: "h", port: 69, filename: "f", mode: "octet" as const };
  const run = () => Promise.reject(new Error("not run here"));
  const job: Job = { direction: "get", remote, local: "f", run };
  const endings: Ending[] = [
    { job, moved: { summary: GOT } },
    { job, error: new TftpError("peer", 1) },
  ];
  assertEquals(summaryLines(endings, { planned: 4, elapsedMs: 1000 }), {
    done: ["1 of 4 files: 42,431 bytes in 1.00 s (42.4 kB/s)"],
    failed: [
      "tftp: 3 of 4 files failed:",
      '  "f": File not found (server error 1)',
      "  2 not started",
    ],
  });
  assertEquals(summaryLines(endings.slice(0, 1), { planned: 1, elapsedMs: 1 }).failed, []);
});
