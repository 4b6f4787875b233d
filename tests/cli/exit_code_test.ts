import { assert, assertEquals } from "@std/assert";
import { EXIT_CODES, exitCodeOf } from "../../src/cli/text/exit_code.ts";
import { PermissionError } from "../../src/cli/permissions/permission.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";
import {
  CancelledError,
  PeerSilentError,
  ProtocolError,
  TftpError,
} from "../../src/protocol/mod.ts";
import {
  LocalFileError,
  NetworkError,
  SizeError,
  UnreachableError,
} from "../../src/engine/errors.ts";

const CASES: readonly (readonly [error: unknown, code: number])[] = [
  [new UsageError("x"), 2],
  [new LocalFileError("x", "y", 1), 3],
  [new PermissionError("x"), 3],
  [new Deno.errors.NotCapable("x"), 3],
  [new TftpError("peer", 0), 4],
  [new TftpError("peer", 8), 4],
  [new TftpError("peer", 99, "x"), 4],
  [new TftpError("local", 3), 3],
  [new TftpError("local", 8), 6],
  [new TftpError("local", 0), 1],
  [new PeerSilentError("answer", 1000, false), 5],
  [new UnreachableError("x", "ECONNREFUSED"), 5],
  [new ProtocolError("x"), 6],
  [new SizeError("x"), 6],
  [new NetworkError("x"), 7],
  [new CancelledError("x"), 130],
  [new DOMException("x", "AbortError"), 130],
  [new Error("x"), 1],
  [new TypeError("x"), 1],
  ["x", 1],
  [undefined, 1],
];

Deno.test("exitCodeOf gives every error its code", () => {
  for (const [error, code] of CASES) assertEquals(exitCodeOf(error), code, String(error));
});

Deno.test("exitCodeOf gives only codes of the table", () => {
  const known = EXIT_CODES.map((row) => row.code);
  for (const [error] of CASES) assert(known.includes(exitCodeOf(error)), String(error));
});

Deno.test("EXIT_CODES are all different", () => {
  assertEquals(new Set(EXIT_CODES.map((row) => row.code)).size, EXIT_CODES.length);
});
