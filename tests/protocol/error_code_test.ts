import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  ErrorCode,
  errorSentence,
  PeerSilentError,
  TftpError,
} from "../../src/protocol/error_code.ts";

/** RFC 1350, appendix; RFC 2347 for 8. */
const CODES: readonly [keyof typeof ErrorCode, number, string][] = [
  ["NotDefined", 0, "Not defined"],
  ["FileNotFound", 1, "File not found"],
  ["AccessViolation", 2, "Access violation"],
  ["DiskFull", 3, "Disk full or allocation exceeded"],
  ["IllegalOperation", 4, "Illegal TFTP operation"],
  ["UnknownTid", 5, "Unknown transfer ID"],
  ["FileExists", 6, "File already exists"],
  ["NoSuchUser", 7, "No such user"],
  ["OptionRefused", 8, "Option refused"],
];

Deno.test("ErrorCode has the RFCs' codes and no others", () => {
  assertEquals(ErrorCode, Object.fromEntries(CODES.map(([name, code]) => [name, code])));
});

Deno.test("errorSentence() says the RFC's words, and the number of a code no RFC names", () => {
  for (const [, code, sentence] of CODES) assertEquals(errorSentence(code), sentence);
  assertEquals(errorSentence(9), "Unknown error code 9");
  assertEquals(errorSentence(65535), "Unknown error code 65535");
});

Deno.test("TftpError says the code's sentence unless the peer said something", () => {
  const ours = new TftpError("local", ErrorCode.DiskFull);
  assertEquals([ours.side, ours.code, ours.message], [
    "local",
    3,
    "Disk full or allocation exceeded",
  ]);
  const theirs = new TftpError("peer", 1, "Nope");
  assertEquals([theirs.side, theirs.code, theirs.message], ["peer", 1, "Nope"]);
});

Deno.test("PeerSilentError says what was waited for and how long", () => {
  const error = new PeerSilentError("data", 31_250, true);
  assertEquals(error.message, "No data for 31.3 s");
  assertEquals(error.silentMs, 31_250);
  assertStrictEquals(error.answered, true);
});
