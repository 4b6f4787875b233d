/** `tftp put`: local files or standard input to a server. */

import { openFileSource, put, stdinSource } from "../mod.ts";
import type { PutCommand } from "./command.ts";
import { exitCodeOf } from "./exit_code.ts";
import { missing, needDatagrams, reach, read, refuseWithout } from "./permission.ts";
import { printError } from "./print.ts";
import { errorLines } from "./report.ts";
import { type Job, runJobs } from "./transfer.ts";

/** @returns the exit code. */
export async function runPut(command: PutCommand): Promise<number> {
  needDatagrams();
  const locals = command.files.map((file) => file.local).filter((local) => local !== "-");
  const hosts = command.files.map((file) => file.remote.host);
  refuseWithout(await missing([...hosts.flatMap(reach), ...locals.map(read)]));
  const faults: unknown[] = [];
  for (const local of locals) {
    try {
      await tryToOpen(local);
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) {
    printError(faults.flatMap(errorLines));
    if (command.files.length > 1) printError(["  Nothing was sent."]);
    return exitCodeOf(faults[0]);
  }
  return await runJobs(command.files.map(jobOf), command.settings);
}

function jobOf({ local, remote }: PutCommand["files"][number]): Job {
  return {
    direction: "put",
    remote,
    local,
    run: (options) => {
      const source = local === "-" ? stdinSource() : openFileSource(local);
      return put(remote.filename, source, options);
    },
  };
}

/** Finds out what is wrong with a file before any is sent. */
async function tryToOpen(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  // Opening a pipe waits for its writer, and would take the first bytes of some devices.
  const isStream = info !== undefined && !info.isFile && !info.isDirectory;
  if (!isStream) openFileSource(path).close();
}
