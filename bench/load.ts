/** Runs tftpload, the load generator, and parses its report. */

import type { RunningPeer } from "../tests/helpers/process/peers.ts";
import { stationed } from "./contenders.ts";
import type { Run } from "./figures.ts";
import { droppedDatagrams, type Meter } from "./meter.ts";

/** What a load asks of a server. */
export interface Load {
  /** Without one, no option is sent at all. */
  blksize?: number;
  /** @default {1} */
  windowsize?: number;
  put?: boolean;
  /** A file of the folder; with `files`, a pattern such as `small-%d`. */
  file: string;
  /** How many files the pattern names. @default {1} */
  files?: number;
  transfers: number;
  /** @default {1} */
  atOnce?: number;
  /** How often a client repeats what gets no answer, once a second, before it gives up. */
  retries?: number;
}

/** What tftpload prints. */
interface Report {
  ok: number;
  failed: number;
  notStarted: number;
  wall: number;
  bytes: number;
  p99Ms: number;
  repeats: number;
  badCrc: number;
  badLength: number;
  blksize: number;
  windowsize: number;
  error: string;
}

/** No run may take longer; what has not ended by then has failed. */
const LIMIT_SECONDS = 60;

/** A storm's memory of sockets whose last block may be repeated. */
const DALLYING = 64;

export interface LoadSettings {
  /** The compiled tftpload. */
  program: string;
  meter: Meter;
  /** Where the files lie whose bytes are expected, or sent. */
  folder: string;
  pinned: boolean;
}

/** Runs a load against a server. Every byte is checked. */
export async function runLoad(
  load: Load,
  server: RunningPeer,
  settings: LoadSettings,
): Promise<Run> {
  const { program, meter, folder, pinned } = settings;
  const [command, args] = stationed(pinned, [program, ...loadFlags(load, { ...server, folder })]);
  const dropped = droppedDatagrams();
  const before = meter.cpuSeconds();
  const { stdout, stderr } = await new Deno.Command(command, { args }).output();
  const after = meter.cpuSeconds();
  const text = decode(stdout);
  if (!text.startsWith("{")) throw new Error(`tftpload failed: ${text}${decode(stderr)}`);
  const report: Report = JSON.parse(text);
  return {
    bytes: report.bytes,
    seconds: report.wall,
    transfers: report.ok,
    failed: report.failed + report.notStarted,
    complaint: complaintOf(report, load),
    p99Ms: report.p99Ms,
    repeats: report.repeats,
    drops: droppedDatagrams() - dropped,
    ...(before === undefined || after === undefined ? {} : { cpuSeconds: after - before }),
  };
}

/** The arguments of tftpload for a load. */
export function loadFlags(
  load: Load,
  at: { host: string; port: number; folder: string },
): string[] {
  const { blksize, windowsize = 1, put = false, file, files = 1, transfers, atOnce = 1, retries } =
    load;
  return [
    ...["-h", at.host, "-p", `${at.port}`, "-L", at.folder, "-f", file, "-N", `${files}`],
    ...["-n", `${transfers}`, "-c", `${atOnce}`, "-l", `${LIMIT_SECONDS}`],
    ...(blksize === undefined ? [] : ["-b", `${blksize}`]),
    ...(windowsize === 1 ? [] : ["-w", `${windowsize}`]),
    ...(retries === undefined ? [] : ["-R", `${retries}`]),
    ...(put ? ["-P", "-F", "upload-%ld"] : ["-d", `${DALLYING}`]),
  ];
}

function complaintOf(report: Report, load: Load): string {
  if (report.badCrc + report.badLength > 0) return "wrong bytes";
  if (report.failed + report.notStarted > 0) return report.error;
  const { blksize = 512, windowsize = 1 } = load;
  const agreed = report.blksize === blksize && report.windowsize === windowsize;
  return agreed ? "" : `agreed on ${report.blksize} bytes and a window of ${report.windowsize}`;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
