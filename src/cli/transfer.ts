/** What `get` and `put` share: one transfer after the other, told and counted. */

import type { ClientOptions, Summary } from "../mod.ts";
import type { RemoteFile, TransferSettings } from "./command.ts";
import { exitCodeOf, NO_ANSWER } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { printError, printOut } from "./print.ts";
import { agreementLine, completionLine, failureLines } from "./report.ts";
import { UsageError } from "./usage_error.ts";

/** One file to move. */
export interface Job {
  readonly direction: "get" | "put";
  readonly remote: RemoteFile;
  /** The path on this side, or `-`. */
  readonly local: string;
  run(options: ClientOptions): Promise<Summary>;
}

/**
 * Runs the jobs in turn. A failed one does not stop the rest; a signal does.
 *
 * @returns the exit code of the first that failed, or 0.
 */
export async function runJobs(jobs: readonly Job[], settings: TransferSettings): Promise<number> {
  const interrupt = new Interrupt();
  const dallied: Promise<void>[] = [];
  let exitCode = 0;
  try {
    for (const job of jobs) {
      const code = await runJob(job, settings, { signal: interrupt.signal, dallied });
      exitCode ||= code;
      if (interrupt.exitCode !== undefined) break;
    }
  } finally {
    interrupt.close();
  }
  // A server that missed the last ACK asks for it again; the program stays that long.
  await Promise.all(dallied);
  return interrupt.exitCode ?? exitCode;
}

async function runJob(
  job: Job,
  settings: TransferSettings,
  run: { signal: AbortSignal; dallied: Promise<void>[] },
): Promise<number> {
  const { remote, direction, local } = job;
  try {
    const summary = await job.run(clientOptions(remote, settings, run.signal));
    run.dallied.push(summary.dallied);
    if (summary.note !== undefined) {
      // All was sent, but nobody says that it has arrived.
      printError([`tftp: ${completionLine(summary, local)}`]);
      return NO_ANSWER;
    }
    if (settings.volume === "quiet") return 0;
    const lines = [completionLine(summary, local)];
    if (settings.volume === "verbose") lines.push(agreementLine(summary));
    // Where stdout carries the file, it can't carry words about it.
    (direction === "get" && local === "-" ? printError : printOut)(lines);
    return 0;
  } catch (thrown) {
    // The only range the command line can't check: whether the name fits into a request.
    const error = thrown instanceof RangeError ? new UsageError(thrown.message) : thrown;
    const lines = failureLines(remote.filename, error, { direction, ...remote });
    printError(settings.volume === "quiet" ? lines.slice(0, 1) : lines);
    return exitCodeOf(error);
  }
}

/** Only what the user has set; the rest is the client's choice. */
function clientOptions(
  { host, port, mode }: RemoteFile,
  settings: TransferSettings,
  signal: AbortSignal,
): ClientOptions {
  const { family, blksize, windowsize, timeoutMs, retries, timeoutOption, plain } = settings;
  return {
    host,
    port,
    mode,
    signal,
    timeoutOption,
    plain,
    ...(family === undefined ? {} : { family }),
    ...(blksize === undefined ? {} : { blksize }),
    ...(windowsize === undefined ? {} : { windowsize }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
  };
}
