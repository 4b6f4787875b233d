/** `tftp get`: files from servers into files, a folder, or standard output. */

import { dirname, join } from "@std/path";
import { ErrorCode, get, LocalFileError, openFileSink, stdoutSink } from "../mod.ts";
import type { GetCommand, RemoteFile } from "./command.ts";
import { quoted } from "./format.ts";
import { missing, needDatagrams, reach, read, refuseWithout, write } from "./permission.ts";
import { lastPart } from "./target.ts";
import { type Job, runJobs } from "./transfer.ts";
import { UsageError } from "./usage_error.ts";

/** @returns the exit code. */
export async function runGet(command: GetCommand): Promise<number> {
  const { files, output } = command;
  needDatagrams();
  const looked = output === undefined ? files.map((file) => lastPart(file.filename)) : [output];
  const lacking = await missing([
    ...files.flatMap((file) => reach(file.host)),
    ...looked.filter((path) => path !== "-").map(read),
  ]);
  const jobs: Job[] = [];
  for (const remote of files) jobs.push(jobFor(remote, await localPath(remote, command)));
  // Beside the file, for what is not whole yet stands under another name.
  const folders = jobs.filter((job) => job.local !== "-").map((job) => dirname(job.local));
  refuseWithout([...lacking, ...await missing(folders.map(write))]);
  return await runJobs(jobs, command.settings);
}

function jobFor(remote: RemoteFile, local: string): Job {
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
  if (/[/\\]$/.test(output) && await isMissing(output)) {
    throw fault(`there is no folder ${quoted(output)}`, output);
  }
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
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}

/** Whether there is surely nothing; what can't be looked at (`/dev`, to Deno) may well be there. */
async function isMissing(path: string): Promise<boolean> {
  return await Deno.stat(path).then(
    () => false,
    (error) => error instanceof Deno.errors.NotFound,
  );
}
