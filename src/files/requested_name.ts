/** How requested names are parsed. */

import { ErrorCode, hasEscapes } from "../protocol/mod.ts";
import { refused } from "./refusal.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** Names that need no care, as nearly all are. */
const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;

/**
 * The parts of a requested name. `\\` means `/` unless the name is to be read literally; empty and
 * `.` parts are removed, so a leading `/` means the root; drive letters, and trailing control and
 * 0xFF bytes of old boot ROMs are dropped. Throws a local {@linkcode TftpError} for a name that
 * could lead out of the root or names nothing.
 */
export function nameParts(filename: string, { literally = false } = {}): string[] {
  if (PLAIN_NAME.test(filename)) return filename.split("/");
  const trimmed = withoutStrayEnd(filename);
  const slashed = literally
    ? trimmed
    : trimmed.replaceAll("\\", "/").replace(/^\/*[A-Za-z]:(?=\/)/, "");
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) throw refused(ErrorCode.AccessViolation, "Is a folder");
  if (parts.includes("..")) throw refused(ErrorCode.AccessViolation);
  // A name that is no valid text can't be a file here, and temporary files have no name yet.
  if (hasEscapes(trimmed) || trimmed.includes("\0") || parts.some(isTemporaryName)) {
    throw refused(ErrorCode.FileNotFound);
  }
  return parts;
}

/**
 * The name without control bytes, spaces and bytes 0xFF at its end. It is read from the end: a
 * regular expression restarts at each such byte, which takes 10 ms for 4000 spaces and a letter.
 */
function withoutStrayEnd(name: string): string {
  let end = name.length;
  while (end > 0 && isStray(name, end - 1)) end--;
  return name.slice(0, end);
}

function isStray(name: string, at: number): boolean {
  const code = name.charCodeAt(at);
  // Byte 0xFF where no text is, or else the second half of a character.
  if (code === 0xdcff) return !/[\ud800-\udbff]/.test(name.charAt(at - 1));
  return code <= 0x20 || code === 0x7f;
}
