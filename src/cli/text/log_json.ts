/** A log record as one JSON object: the log for programs. Pure. */

import type { LogRecord } from "../../mod.ts";
import { fieldsOf, visibleJson } from "../../server/log_fields.ts";
import { levelOf } from "./log_line.ts";

/** The record as one line without its end; nothing in it can end a line or move a cursor. */
export function jsonLine(record: LogRecord, at: Date): string {
  return visibleJson({ time: at.toISOString(), level: levelOf(record), ...fieldsOf(record) });
}
