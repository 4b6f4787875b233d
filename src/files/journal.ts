/**
 * Whether systemd's journal reads the output of this program. `JOURNAL_STREAM` says so by the
 * device and inode of the stream, which may have been redirected since (sd-daemon(3)).
 */

interface Process {
  getBuiltinModule(name: "node:fs"): { fstatSync(fd: number): { dev: number; ino: number } };
}

/** The variable of the environment. */
export const JOURNAL_VARIABLE = "JOURNAL_STREAM";

/** Which of standard output and standard error the journal reads. */
export interface Journal {
  readonly out: boolean;
  readonly error: boolean;
}

/** A variable that may not be read counts as not set. */
export function findJournal(): Journal {
  const { state } = Deno.permissions.querySync({ name: "env", variable: JOURNAL_VARIABLE });
  const stream = state === "granted" ? Deno.env.get(JOURNAL_VARIABLE) : undefined;
  if (!stream) return { out: false, error: false };
  return { out: isStream(1, stream), error: isStream(2, stream) };
}

function isStream(fd: number, stream: string): boolean {
  const { process } = globalThis as unknown as { process: Process };
  try {
    const { dev, ino } = process.getBuiltinModule("node:fs").fstatSync(fd);
    return `${dev}:${ino}` === stream;
  } catch {
    // Closed, or not permitted: then its reader is not known either.
    return false;
  }
}
