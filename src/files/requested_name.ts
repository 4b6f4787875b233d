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
  // deno-lint-ignore no-control-regex
  const trimmed = filename.replace(/[\x00-\x20\x7f\uDCFF]+$/u, "");
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
