/** The flags for monitoring: those of `tftp serve --http` and of `tftp status`. */

import type { Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };
const TEXT: FlagKind = { kind: "text" };
const PATH: FlagKind = { kind: "text", path: true };

export const WATCH_FLAGS = [
  {
    name: "http",
    commands: ["serve"],
    takes: TEXT,
    value: "[ADDRESS:]PORT",
    help: "Show what the server does: a web page, metrics for Prometheus, and the data for `tftp " +
      "status`. On 127.0.0.1 unless an address is given.",
  },
  {
    name: "http-host",
    commands: ["serve"],
    takes: TEXT,
    value: "NAME",
    help: "Also answer HTTP requests for this host name; can be repeated.",
    repeatable: true,
  },
  {
    name: "http-token-file",
    commands: ["serve"],
    takes: PATH,
    value: "FILE",
    help: "Require the token in this file (Authorization: Bearer).",
  },
  {
    name: "token-file",
    commands: ["status"],
    takes: PATH,
    value: "FILE",
    help: "Send the token in this file.",
  },
  {
    name: "once",
    commands: ["status"],
    takes: SWITCH,
    help: "Print the status once, instead of every second.",
  },
  {
    name: "json",
    commands: ["status"],
    takes: SWITCH,
    help: "Print the status as JSON, once.",
  },
] as const satisfies readonly Flag[];
