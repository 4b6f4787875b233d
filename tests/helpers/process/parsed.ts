/** Parsed command lines in a short form for comparisons. */

import { assertThrows } from "@std/assert";
import type {
  GetCommand,
  PutCommand,
  RemoteFile,
  TransferSettings,
} from "../../../src/cli/args/command.ts";
import { parseCommand } from "../../../src/cli/args/parse.ts";
import { UsageError } from "../../../src/cli/args/usage_error.ts";

export function parse(line: string) {
  return parseCommand(line.split(" ").filter((word) => word !== ""));
}

/** The files of a get as URIs, short enough to compare by eye. */
export function gets(line: string): string[] {
  return (parse(line) as GetCommand).files.map(asUri);
}

export function puts(line: string): string[] {
  return (parse(line) as PutCommand).files.map((file) => `${file.local} > ${asUri(file.remote)}`);
}

export function asUri({ host, port, filename, mode }: RemoteFile): string {
  return `${host} ${port} ${filename}${mode === "octet" ? "" : ` ${mode}`}`;
}

/** The defaults. */
export const UNSAID: TransferSettings = {
  family: undefined,
  from: undefined,
  localPorts: undefined,
  blksize: undefined,
  windowsize: undefined,
  timeoutMs: undefined,
  timeoutOption: false,
  retries: undefined,
  plain: false,
  waitMs: undefined,
  maxBytes: undefined,
  jobs: 1,
  checksum: false,
  json: false,
  progress: "auto",
  volume: "normal",
  trace: false,
  pcap: undefined,
  io: "auto",
  interfaceName: undefined,
  faults: undefined,
};

export function refuses(cases: Readonly<Record<string, string>>): void {
  for (const [line, message] of Object.entries(cases)) {
    assertThrows(() => parse(line), UsageError, message, line);
  }
}
