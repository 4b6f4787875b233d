import { assertEquals } from "@std/assert";
import { LocalFileError, wireError } from "../../src/engine/errors.ts";
import { localFileError } from "../../src/files/file_error.ts";
import { toTftpError } from "../../src/files/refusal.ts";

/** A system error with this code. */
function failed(code: string): Error {
  return Object.assign(new Error(`${code}: '/srv/secret'`), { code });
}

/** What the peer is told about errors of the system: code 0 always has a text (RFC 1350 §5). */
const TOLD: readonly [operation: string, code: string, told: string][] = [
  ["read", "EIO", "0 Cannot read the file"],
  ["open", "EIO", "0 Cannot read the file"],
  ["write", "EIO", "0 Cannot save the file"],
  ["save", "EIO", "0 Cannot save the file"],
  ["open", "EMFILE", "0 Server is busy, try again"],
  ["write a file beside", "ENFILE", "0 Server is busy, try again"],
  ["open", "ENAMETOOLONG", "1 File not found"],
  ["write", "ENAMETOOLONG", "0 The name is too long"],
  ["save", "ENAMETOOLONG", "0 The name is too long"],
  ["save", "ENOSPC", "3 Disk full or allocation exceeded"],
];

Deno.test("localFileError() tells the peer what happened, and no path", () => {
  for (const [operation, code, told] of TOLD) {
    const { code: number, message } = wireError(localFileError(operation, "/srv", failed(code)));
    assertEquals(`${number} ${message}`, told, `${operation} ${code}`);
  }
});

Deno.test("toTftpError() tells the peer the same, for reading and for writing", () => {
  const told = (["open", "write"] as const).map((operation) =>
    ["EMFILE", "ENAMETOOLONG", "EIO"].map((code) => toTftpError(failed(code), operation).message)
  );
  assertEquals(told, [
    ["Server is busy, try again", "File not found", "Cannot read the file"],
    ["Server is busy, try again", "The name is too long", "Cannot save the file"],
  ]);
});

Deno.test("a LocalFileError of code 0 has a text for the peer, whoever made it", () => {
  const { wireMessage } = new LocalFileError("Cannot lock /srv/secret", "/srv/secret", 0);
  assertEquals(wireMessage, "Cannot read or save the file");
});
