/** System errors about files, as sentences and as TFTP error codes. */

import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError, systemCode } from "../engine/errors.ts";

const NAME_TOO_LONG = "The name is too long";
const BUSY = "Server is busy, try again";

/** Wraps a system error into the sentence and the TFTP code that fit it. */
export function localFileError(operation: string, path: string, cause: unknown): LocalFileError {
  if (cause instanceof LocalFileError) return cause;
  const isReading = operation === "read" || operation === "open";
  const { code, reason, told } = explain(cause, isReading);
  return new LocalFileError(`Cannot ${operation} "${path}": ${reason}`, path, code, cause, told);
}

interface Explained {
  readonly code: number;
  /** For this side. */
  readonly reason: string;
  /** For the peer, where the text of the code does not say enough. */
  readonly told?: string;
}

function explain(cause: unknown, isReading: boolean): Explained {
  const { NotFound, PermissionDenied, NotCapable, AlreadyExists, IsADirectory, NotADirectory } =
    Deno.errors;
  if (cause instanceof NotFound) return { code: ErrorCode.FileNotFound, reason: "no such file" };
  if (cause instanceof NotCapable) {
    return { code: ErrorCode.AccessViolation, reason: lackingReason(cause.message) };
  }
  if (cause instanceof PermissionDenied) {
    return { code: ErrorCode.AccessViolation, reason: "permission denied" };
  }
  if (cause instanceof AlreadyExists) return { code: ErrorCode.FileExists, reason: "it exists" };
  if (cause instanceof IsADirectory) {
    return { code: ErrorCode.AccessViolation, reason: "it is a folder" };
  }
  if (cause instanceof NotADirectory) {
    return { code: ErrorCode.FileNotFound, reason: "a part of the path is not a folder" };
  }
  switch (systemCode(cause)) {
    // The codes that node:fs gives.
    case "ENOENT":
      return { code: ErrorCode.FileNotFound, reason: "no such file" };
    case "EACCES":
    case "EPERM":
      return { code: ErrorCode.AccessViolation, reason: "permission denied" };
    case "ENOTDIR":
      return { code: ErrorCode.FileNotFound, reason: "a part of the path is not a folder" };
    case "ENXIO":
      return { code: ErrorCode.AccessViolation, reason: "it is not a regular file" };
    case "ENOSPC":
      return { code: ErrorCode.DiskFull, reason: "the disk is full" };
    case "EDQUOT":
      return { code: ErrorCode.DiskFull, reason: "the disk quota is exceeded" };
    case "EFBIG":
      return { code: ErrorCode.DiskFull, reason: "the file is larger than allowed here" };
    case "ENAMETOOLONG":
      return isReading
        ? { code: ErrorCode.FileNotFound, reason: "the name is too long" }
        : { code: ErrorCode.NotDefined, reason: "the name is too long", told: NAME_TOO_LONG };
    case "EMFILE":
    case "ENFILE":
      return { code: ErrorCode.NotDefined, reason: "too many files are open", told: BUSY };
    case "EROFS":
      return { code: ErrorCode.AccessViolation, reason: "the file system is read-only" };
    case "ELOOP":
      return { code: ErrorCode.FileNotFound, reason: "its symbolic links form a loop" };
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const told = isReading ? "Cannot read the file" : "Cannot save the file";
  return { code: ErrorCode.NotDefined, reason, told };
}

/** Deno's own message advises a flag that does not help for some places. */
function lackingReason(message: string): string {
  if (!/^Requires all access/.test(message)) return message;
  return "Deno does not let programs read or write in /dev, /proc and /sys: choose another place";
}
