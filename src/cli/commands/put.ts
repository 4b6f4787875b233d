/** `tftp put`: local files or standard input to a server. */

import { type ClientOptions, put } from "../../client/client.ts";
import { HashingSource, SniffedSource } from "../../files/checked_source.ts";
import type { Source } from "../../engine/source_sink.ts";
import { BINARY_WARNING, looksBinary } from "../args/binary.ts";
import type { OfferedFile, PutCommand } from "../args/command.ts";
import { exitCodeOf } from "../text/exit_code.ts";
import { hostPort } from "../text/format.ts";
import type { Job, Moved } from "./job.ts";
import { readManifest } from "./manifest_file.ts";
import { OfferedFiles } from "./files_to_send.ts";
import { offeredFile, refuseTwins } from "../args/parse_transfer.ts";
import {
  missing,
  needDatagrams,
  networkNeeds,
  read,
  refuseWithout,
} from "../permissions/permission.ts";
import { printError } from "./print.ts";
import { errorLines } from "../text/report.ts";
import { runJobs } from "./transfer.ts";

/** More blocks than RFC 1350 has numbers for. */
const MAX_PLAIN_BLOCKS = 65_535;

/** @returns the exit code. */
export async function runPut(offered: PutCommand): Promise<number> {
  needDatagrams();
  const command = await withManifest(offered);
  const { files, settings } = command;
  const locals = files.map((file) => file.local).filter((local) => local !== "-");
  const hosts = files.map((file) => file.remote.host);
  refuseWithout(await missing([...networkNeeds(hosts, settings), ...locals.map(read)]));
  const opened = new OfferedFiles();
  try {
    const faults = await faultsOf(files, opened);
    if (faults.length > 0) {
      printError(faults.flatMap(errorLines));
      if (files.length > 1) printError(["  Nothing was sent."]);
      return exitCodeOf(faults[0]);
    }
    if (settings.waitMs !== undefined && settings.volume !== "quiet") announceWait(command);
    return await runJobs(files.map((file) => jobOf(file, command, opened)), settings);
  } finally {
    opened.close();
  }
}

/** Errors of the files, found before any of them is sent. */
async function faultsOf(files: readonly OfferedFile[], opened: OfferedFiles): Promise<unknown[]> {
  const faults: unknown[] = [];
  for (const file of files) {
    try {
      await opened.check(file);
    } catch (error) {
      faults.push(error);
    }
  }
  return faults;
}

/** The command with the files of its manifest added. */
async function withManifest(command: PutCommand): Promise<PutCommand> {
  const { manifest } = command;
  if (manifest === undefined) return command;
  const entries = await readManifest(manifest.path);
  const count = command.files.length + entries.length;
  const listed = entries.map(({ name, sha256 }) => ({
    ...offeredFile(name, manifest.remote, count),
    ...(sha256 === undefined ? {} : { sha256 }),
  }));
  const files = [...command.files, ...listed];
  refuseTwins(files.map((file) => file.remote.filename));
  return { ...command, files, manifest: undefined };
}

function jobOf(file: OfferedFile, { settings }: PutCommand, opened: OfferedFiles): Job {
  const { local, remote, sha256 } = file;
  const run = async (options: ClientOptions, warn: (text: string) => void): Promise<Moved> => {
    const origin = await opened.take(file, options.signal);
    const path = local === "-" ? "standard input" : local;
    const expected = sha256 === undefined ? undefined : { sha256, path };
    const hashing = settings.checksum || expected ? new HashingSource(origin, expected) : undefined;
    if (settings.plain) warnOfSize(origin, warn);
    const source = sniffed(hashing ?? origin, file, warn);
    const summary = await put(remote.filename, source, options);
    return { summary, ...(hashing && settings.checksum ? { sha256: hashing.hex } : {}) };
  };
  return { direction: "put", remote, local, run };
}

function sniffed(source: Source, { remote }: OfferedFile, warn: (text: string) => void): Source {
  if (source.size === undefined || remote.mode !== "netascii") return source;
  return new SniffedSource(source, (bytes) => {
    if (looksBinary(bytes)) warn(BINARY_WARNING);
  });
}

function warnOfSize({ size }: Source, warn: (text: string) => void): void {
  if (size === undefined || size / 512 < MAX_PLAIN_BLOCKS) return;
  warn(
    "needs more than 65,535 blocks of 512 bytes: a boot loader that does not count on from " +
      "there stops at 32 MiB; where it takes options, -b 1428 goes further",
  );
}

function announceWait({ files, settings }: PutCommand): void {
  const servers = new Set(files.map(({ remote }) => hostPort(remote.host, remote.port)));
  const seconds = Math.round((settings.waitMs ?? 0) / 1000);
  printError([
    `tftp: waiting up to ${seconds} s for ${
      [...servers].join(", ")
    } to take the file; Ctrl-C stops`,
  ]);
}
