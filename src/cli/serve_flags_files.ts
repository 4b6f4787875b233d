/** The flags of `tftp serve` for files that are made when they are asked for, and for uploads. */

import type { Flag, FlagKind } from "./flag_table.ts";

const TEXT: FlagKind = { kind: "text" };

export const FILE_FLAGS = [
  {
    name: "template",
    commands: ["serve"],
    takes: TEXT,
    value: "GLOB",
    help: "Files of these names are templates: {ip}, {ip.hex}, {mac}, {hostname} and {name} in " +
      "them stand for what is known of the client; can be repeated.",
    repeatable: true,
  },
  {
    name: "hosts",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Lines of MAC, IP and NAME that tell templates {mac} and {hostname}; a dash stands for " +
      "what is not known.",
  },
  {
    name: "checksums",
    commands: ["serve"],
    takes: { kind: "switch" },
    help: "Serve NAME.sha256, computed when it is asked for, beside every file NAME.",
  },
  {
    name: "on-upload",
    commands: ["serve"],
    takes: TEXT,
    value: "COMMAND",
    help: "Run this program, without a shell, after an upload is complete. {path}, {name}, {ip} " +
      "and {bytes} in its arguments stand for the file; without {path}, the path comes last. " +
      "Needs --allow-run=PROGRAM.",
  },
] as const satisfies readonly Flag[];
