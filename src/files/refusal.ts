/** The ERROR for a client that may not have or send a file. */

import { TftpError } from "../protocol/mod.ts";
import { localFileError } from "./file_error.ts";

/** `cause` is for the operator only. */
export function refused(code: number, message?: string, cause?: Error): TftpError {
  const refusal = new TftpError("local", code, message);
  if (cause) refusal.cause = cause;
  return refusal;
}

/** The refusal for a file error, with a message that names no path. */
export function toTftpError(error: unknown, operation: "open" | "write" = "open"): TftpError {
  if (error instanceof TftpError) return error;
  const { code, wireMessage } = localFileError(operation, "", error);
  return refused(code, wireMessage, error as Error);
}
