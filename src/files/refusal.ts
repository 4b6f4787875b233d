/** What a client is told of a file that it does not get, or may not send. */

import { TftpError } from "../protocol/mod.ts";
import { localFileError } from "./file_error.ts";

/** `cause` is for the operator's eyes. */
export function refused(code: number, message?: string, cause?: Error): TftpError {
  const refusal = new TftpError("local", code, message);
  if (cause) refusal.cause = cause;
  return refusal;
}

/** A file's error in the words that may leave this machine: they name no path. */
export function toTftpError(error: unknown): TftpError {
  if (error instanceof TftpError) return error;
  return refused(localFileError("open", "", error).code, undefined, error as Error);
}
