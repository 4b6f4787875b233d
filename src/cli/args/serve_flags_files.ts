/** The flags of `tftp serve` for files that are made on request, and for uploads. */

import type { Flag, FlagKind } from "./flag_table.ts";

const TEXT: FlagKind = { kind: "text" };

export const FILE_FLAGS = [
  {
    name: "template",
    commands: ["serve"],
    takes: TEXT,
    value: "GLOB",
    help: "Files with these names are templates: {ip}, {ip.hex}, {mac}, {hostname} and {name} " +
      "are replaced by the client's values; can be repeated.",
    repeatable: true,
  },
  {
    name: "hosts",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Lines with MAC, IP and NAME for {mac} and {hostname} in templates; a dash means " +
      "unknown.",
  },
  {
    name: "checksums",
    commands: ["serve"],
    takes: { kind: "switch" },
    help: "Also serve NAME.sha256 for every file NAME, computed on request.",
  },
  {
    name: "on-upload",
    commands: ["serve"],
    takes: TEXT,
    value: "COMMAND",
    help: "Run this program, without a shell, after each complete upload. {path}, {name}, {ip} " +
      "and {bytes} in its arguments are replaced; without {path}, the path is the last argument. " +
      "Needs --allow-run=PROGRAM.",
  },
] as const satisfies readonly Flag[];
