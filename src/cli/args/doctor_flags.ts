/** The flags that only `tftp doctor` has. */

import type { Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };

export const DOCTOR_FLAGS = [
  {
    name: "serve",
    commands: ["doctor"],
    takes: SWITCH,
    help: "Test this machine instead: whether tftp serve with the following options can work " +
      "here.",
  },
  {
    name: "thorough",
    commands: ["doctor"],
    takes: SWITCH,
    help:
      "Also run the long test: block numbers past 65535. FILE needs 512 KiB for it, or 32 MiB " +
      "if the server does not support blksize.",
  },
  {
    name: "upload",
    commands: ["doctor"],
    takes: { kind: "text" },
    value: "NAME",
    help: "Also upload a few bytes under this name; the file stays there. Without it, nothing is " +
      "uploaded.",
  },
  {
    name: "json",
    commands: ["doctor"],
    takes: SWITCH,
    help: "Print one JSON object on stdout instead of the report.",
  },
] as const satisfies readonly Flag[];
