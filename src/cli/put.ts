/** `tftp put`: local files or standard input to a server. */

import { type ClientOptions, put } from "../client.ts";
import { HashingSource, SniffedSource } from "../files/checked_source.ts";
import type { Source } from "../engine/ends.ts";
import { ChecksumError } from "../engine/errors.ts";
import { openFileSource, stdinSource } from "../files/file_source.ts";
import { BINARY_WARNING, looksBinary } from "./binary.ts";
import type { OfferedFile, PutCommand } from "./command.ts";
import { exitCodeOf } from "./exit_code.ts";
import { hostPort } from "./format.ts";
import type { Job, Moved } from "./job.ts";
import { readManifest } from "./manifest_file.ts";
import { offeredFile, refuseTwins } from "./parse_transfer.ts";
import { missing, needDatagrams, networkNeeds, read, refuseWithout } from "./permission.ts";
import { printError } from "./print.ts";
import { errorLines } from "./report.ts";
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
  const faults: unknown[] = [];
  for (const file of files) {
    try {
      if (file.local !== "-") await tryToOpen(file);
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) {
    printError(faults.flatMap(errorLines));
    if (files.length > 1) printError(["  Nothing was sent."]);
    return exitCodeOf(faults[0]);
  }
  if (settings.waitMs !== undefined && settings.volume !== "quiet") announceWait(command);
  return await runJobs(files.map((file) => jobOf(file, command)), settings);
}

/** The command with the files of its manifest among the others. */
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

function jobOf(file: OfferedFile, { settings }: PutCommand): Job {
  const { local, remote, sha256 } = file;
  const run = async (options: ClientOptions, warn: (text: string) => void): Promise<Moved> => {
    // Opened once: what is looked at and hashed is what is sent.
    const origin = local === "-" ? stdinSource() : openFileSource(local);
    const expected = sha256 === undefined ? undefined : { sha256, path: local };
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

/**
 * Finds out what is wrong with a file before any is sent. It may be another one by the time it is
 * sent, so its hash is taken again then.
 */
async function tryToOpen({ local, sha256 }: OfferedFile): Promise<void> {
  const info = await Deno.stat(local).catch(() => undefined);
  // Opening a pipe waits for its writer, and would take the first bytes of some devices.
  const isStream = info !== undefined && !info.isFile && !info.isDirectory;
  if (isStream) return;
  const source = openFileSource(local);
  if (sha256 === undefined) source.close();
  else await mustHash(source, { local, sha256 });
}

async function mustHash(source: Source, { local, sha256 }: { local: string; sha256: string }) {
  const hashing = new HashingSource(source);
  try {
    const buffer = new Uint8Array(256 * 1024);
    while (await hashing.read(buffer) === buffer.length);
    if (hashing.hex !== sha256) throw new ChecksumError(sha256, hashing.hex, local);
  } finally {
    hashing.close();
  }
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
