/**
 * Transfers as JSON, an object for each, for programs to read. Pure. A field that does not apply is
 * left out; `ok` is always there, and with `ok` false so is `error`.
 */

import { reasonOf } from "./advice.ts";
import { exitCodeOf, INTERRUPTED, NO_ANSWER } from "./exit_code.ts";
import type { Job, Moved } from "../commands/job.ts";

export function successObject(
  job: Job,
  { summary, sha256 }: Moved,
  warnings: readonly string[] = [],
) {
  const { peer, bytes, elapsedMs, asked, agreement, fellBack, note } = summary;
  const { retransmits, duplicates, gaps } = summary;
  return {
    ok: note === undefined,
    ...identity(job),
    peer,
    bytes,
    ms: Math.round(elapsedMs * 1000) / 1000,
    ...(sha256 === undefined ? {} : { sha256 }),
    asked: valuesOf(asked),
    granted: valuesOf(agreement.granted),
    blksize: agreement.blksize,
    windowsize: agreement.windowsize,
    ...(agreement.tsize === undefined ? {} : { tsize: agreement.tsize }),
    retransmits,
    ...(job.direction === "get" ? { duplicates, gaps } : {}),
    fellBack,
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(note === undefined ? {} : {
      exitCode: NO_ANSWER,
      error: { name: "UnacknowledgedError", message: note },
    }),
  };
}

/** `interruptCode` is the exit code of the signal that has come, if one has. */
export function failureObject(job: Job, error: unknown, interruptCode = INTERRUPTED) {
  const { side, code } = (error ?? {}) as { side?: unknown; code?: unknown };
  const exitCode = exitCodeOf(error);
  return {
    ok: false,
    ...identity(job),
    exitCode: exitCode === INTERRUPTED ? interruptCode : exitCode,
    error: {
      name: error instanceof Error ? error.name : "Error",
      message: reasonOf(error),
      ...(side === "peer" && typeof code === "number" ? { code } : {}),
    },
  };
}

function identity({ direction, remote, local }: Job) {
  const { host, port, filename, mode } = remote;
  return { direction, host, port, file: filename, local, mode };
}

function valuesOf(options: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(options.map(({ name, value }) => [name.toLowerCase(), value]));
}
