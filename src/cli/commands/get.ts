/** `tftp get`: files from servers to files, a folder, or standard output. */

import { type ClientOptions, get } from "../../client/client.ts";
import { ErrorCode } from "../../protocol/mod.ts";
import { HashingSink, SniffedSink } from "../../files/checked_sink.ts";
import { LocalFileError } from "../../engine/errors.ts";
import { removeLeftovers } from "../../files/leftovers.ts";
import { openFileSink } from "../../files/file_sink.ts";
import { isStream } from "../../files/file_source.ts";
import { openStreamSink, stdoutSink } from "../../files/stream_sink.ts";
import { dirname, join } from "../../files/path_parts.ts";
import { RoomSink } from "../../files/room_sink.ts";
import { BINARY_WARNING, looksBinary } from "../args/binary.ts";
import type { GetCommand, TransferSettings, WantedFile } from "../args/command.ts";
import { quoted } from "../text/format.ts";
import { checkLocalPaths, isTheOneWanted, type LocalPath } from "./local_paths.ts";
import type { Job, Moved } from "./job.ts";
import { readManifest } from "./manifest_file.ts";
import { refuseTwins } from "../args/parse_transfer.ts";
import {
  missing,
  needDatagrams,
  networkNeeds,
  read,
  refuseWithout,
  write,
} from "../permissions/permission.ts";
import { printError } from "./print.ts";
import { checkFilename, localName } from "../args/target.ts";
import { runJobs } from "./transfer.ts";
import { UsageError } from "../args/usage_error.ts";

/** A younger one may be that of another download, which has just made it. */
const LEFTOVER_RESTED_MS = 60_000;

/** @returns the exit code. */
export async function runGet(wanted: GetCommand): Promise<number> {
  needDatagrams();
  const command = await withManifest(wanted);
  const { files, output } = command;
  const looked = output === undefined ? files.map((file) => localName(file.filename)) : [output];
  const lacking = await missing([
    ...networkNeeds(files.map((file) => file.host), command.settings),
    ...looked.filter((path) => path !== "-").map(read),
  ]);
  const paths: LocalPath[] = [];
  for (const remote of files) paths.push({ remote, local: await localPath(remote, command) });
  await checkLocalPaths(paths);
  const jobs = paths.map((path) => jobFor(path, command));
  // In the same folder, since an incomplete file has another name.
  const folders = jobs.filter((job) => job.local !== "-").map((job) => dirname(job.local));
  refuseWithout([...lacking, ...await missing([...new Set(folders)].map(write))]);
  for (const folder of new Set(folders)) tidy(folder, command.settings);
  return await runJobs(jobs, command.settings);
}

/** A killed download could not remove its temporary file. */
function tidy(folder: string, { volume }: TransferSettings): void {
  // The user allowed the files only, so there is no prompt for the whole folder.
  if (Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") return;
  const removed = removeLeftovers(folder, { below: false, restedMs: LEFTOVER_RESTED_MS });
  if (removed === 0 || volume === "quiet") return;
  const files = removed === 1 ? "1 file" : `${removed} files`;
  printError([`tftp: removed ${files} left by killed downloads in ${folder}`]);
}

/** The command with the files of its manifest added. */
async function withManifest(command: GetCommand): Promise<GetCommand> {
  const { manifest, output } = command;
  if (manifest === undefined) return command;
  const entries = await readManifest(manifest.path);
  const named = output !== undefined && command.files.length + entries.length === 1;
  const listed = entries.map(({ name, sha256, where }) => ({
    ...manifest.remote,
    filename: checkFilename(name),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(named ? {} : { listed: where }),
  }));
  const files = [...command.files, ...listed];
  if (output !== "-" && !named) {
    refuseTwins(files.map((file) => localName(file.filename)));
    if (!command.listMayClobber) listed.forEach(refuseHidden);
  }
  return { ...command, files, manifest: undefined };
}

/** A list from elsewhere must not write a `.profile` unnoticed. */
function refuseHidden({ filename, listed }: WantedFile): void {
  if (!localName(filename).startsWith(".")) return;
  throw new UsageError(
    `${listed} lists the hidden file ${quoted(filename)}: give it as FILE, or add --clobber`,
  );
}

function jobFor({ remote, local }: LocalPath, command: GetCommand): Job {
  const run = async (options: ClientOptions, warn: (text: string) => void): Promise<Moved> => {
    const { keepPartial, settings } = command;
    const overwrite = remote.listed === undefined || command.listMayClobber
      ? command.clobber
      : await isTheOneWanted(local, remote.sha256);
    const file = local === "-"
      ? stdoutSink()
      : await isStream(local)
      ? await openStreamSink(local, options.signal)
      : new RoomSink(openFileSink(local, { overwrite, keepPartial }), local);
    const wantsHash = settings.checksum || remote.sha256 !== undefined;
    const hashing = wantsHash ? new HashingSink(file, remote.sha256) : undefined;
    const sink = remote.mode === "octet" ? hashing ?? file : new SniffedSink(
      hashing ?? file,
      (bytes) => {
        if (looksBinary(bytes)) warn(BINARY_WARNING);
      },
    );
    const summary = await get(remote.filename, sink, options);
    return { summary, ...(hashing ? { sha256: hashing.hex } : {}) };
  };
  return { direction: "get", remote, local, run };
}

async function localPath({ filename }: WantedFile, command: GetCommand): Promise<string> {
  const { output, files } = command;
  if (output === "-") return output;
  const path = output ?? localName(filename);
  const isFolder = await isDirectory(path);
  if (output === undefined) {
    if (isFolder) {
      throw fault(`${quoted(path)} is a folder here: name the file with -o PATH`, path);
    }
    // Only with -o does a dash mean standard output.
    return path === "-" ? "./-" : path;
  }
  if (isFolder) return join(output, localName(filename));
  if (/[/\\]$/.test(output) && await isMissing(output)) {
    throw fault(`the folder ${quoted(output)} does not exist: create it first`, output);
  }
  if (files.length > 1) {
    throw new UsageError(`${files.length} files need a folder, and ${quoted(output)} is not one`);
  }
  if (await isMissing(dirname(output))) {
    const folder = quoted(dirname(output));
    throw fault(`the folder ${folder} for the download does not exist: create it first`, output);
  }
  return output;
}

function fault(message: string, path: string): LocalFileError {
  return new LocalFileError(message, path, ErrorCode.NotDefined);
}

async function isDirectory(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}

/** Whether it certainly does not exist; a path that Deno can't look at (`/dev`) may exist. */
async function isMissing(path: string): Promise<boolean> {
  return await Deno.stat(path).then(
    () => false,
    (error) => error instanceof Deno.errors.NotFound,
  );
}
