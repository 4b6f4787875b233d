/** `tftp get`: files from servers into files, a folder, or standard output. */

import { dirname, join } from "@std/path";
import { ErrorCode, get, LocalFileError, openFileSink, stdoutSink } from "../mod.ts";
import type { GetCommand, RemoteFile } from "./command.ts";
import { quoted } from "./format.ts";
import { needRead, needWrite } from "./permission.ts";
import { lastPart } from "./target.ts";
import { type Job, needServers, runJobs } from "./transfer.ts";
import { UsageError } from "./usage_error.ts";

/** @returns the exit code. */
export async function runGet(command: GetCommand): Promise<number> {
  const jobs: Job[] = [];
  for (const remote of command.files) jobs.push(await planJob(remote, command));
  await needServers(command.files);
  return await runJobs(jobs, command.settings);
}

async function planJob(remote: RemoteFile, command: GetCommand): Promise<Job> {
  const local = await localPath(remote, command);
  if (local !== "-") {
    await needRead(local);
    // Beside the file, for what is not whole yet stands under another name.
    await needWrite(dirname(local));
  }
  return {
    direction: "get",
    remote,
    local,
    run: (options) => {
      const sink = local === "-" ? stdoutSink() : openFileSink(local, { overwrite: true });
      return get(remote.filename, sink, options);
    },
  };
}

async function localPath({ filename }: RemoteFile, command: GetCommand): Promise<string> {
  const { output, files } = command;
  if (output === "-") return output;
  const path = output ?? lastPart(filename);
  const isFolder = await isDirectory(path);
  if (output === undefined) {
    if (isFolder) {
      throw fault(`${quoted(path)} is a folder here; name the file with -o PATH`, path);
    }
    return path;
  }
  if (isFolder) return join(output, lastPart(filename));
  if (/[/\\]$/.test(output)) throw fault(`there is no folder ${quoted(output)}`, output);
  if (files.length > 1) {
    throw new UsageError(`${files.length} files need a folder, and ${quoted(output)} is none`);
  }
  if (await isMissing(dirname(output))) {
    throw fault(`there is no folder ${quoted(dirname(output))} to write into`, output);
  }
  return output;
}

function fault(message: string, path: string): LocalFileError {
  return new LocalFileError(message, path, ErrorCode.NotDefined);
}

async function isDirectory(path: string): Promise<boolean> {
  return (await look(path))?.isDirectory === true;
}

async function isMissing(path: string): Promise<boolean> {
  return await look(path) === undefined;
}

/** What is at a path, if anything is. */
async function look(path: string): Promise<Deno.FileInfo | undefined> {
  await needRead(path);
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
}
