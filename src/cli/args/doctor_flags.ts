/** The flags that only `tftp doctor` has. */

import type { Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };

export const DOCTOR_FLAGS = [
  {
    name: "serve",
    commands: ["doctor"],
    takes: SWITCH,
    help: "Look at this machine instead: whether tftp serve, with the options that follow, can " +
      "do its work here.",
  },
  {
    name: "thorough",
    commands: ["doctor"],
    takes: SWITCH,
    help: "Try what takes longer too: block numbers past 65535, for which FILE needs 512 KiB, or " +
      "32 MiB where the server takes no blksize.",
  },
  {
    name: "upload",
    commands: ["doctor"],
    takes: { kind: "text" },
    value: "NAME",
    help: "Try an upload of some bytes under this name, which stay there; without it nothing is " +
      "uploaded.",
  },
  {
    name: "json",
    commands: ["doctor"],
    takes: SWITCH,
    help: "Print one JSON object on stdout instead of the report.",
  },
] as const satisfies readonly Flag[];
