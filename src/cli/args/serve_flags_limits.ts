/** The flags of `tftp serve` for access and limits. */

import type { Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };
const TEXT: FlagKind = { kind: "text" };
const SIZE: FlagKind = { kind: "size" };

export const ACCESS_FLAGS = [
  {
    name: "allow",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Serve only these addresses; can be repeated.",
    repeatable: true,
  },
  {
    name: "deny",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Refuse these addresses, even if they are allowed; can be repeated.",
    repeatable: true,
  },
  {
    name: "allow-write",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Accept uploads only from these addresses; can be repeated.",
    repeatable: true,
  },
  {
    name: "deny-silently",
    commands: ["serve"],
    takes: SWITCH,
    help: "Send no answer at all to refused addresses.",
  },
] as const satisfies readonly Flag[];

export const LIMIT_FLAGS = [
  {
    name: "max-transfers",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 100_000 },
    value: "COUNT",
    help: "Transfers at once; further clients are refused.",
    default: "2000",
  },
  {
    name: "max-per-client",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 100_000 },
    value: "COUNT",
    help: "Transfers at once for one client address.",
  },
  {
    name: "max-blksize",
    commands: ["serve"],
    takes: { kind: "integer", min: 8, max: 65464 },
    value: "BYTES",
    help: "Largest block size to grant.",
    default: "65464",
  },
  {
    name: "max-windowsize",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "BLOCKS",
    help: "Largest window to grant, never more than a receive buffer holds: by default 128 " +
      "blocks of up to 512 bytes, 64 of up to 1472, fewer of larger ones; with uploads to native " +
      "sockets more.",
  },
  {
    name: "idle-timeout",
    commands: ["serve"],
    takes: { kind: "seconds", min: 1, max: 3600 },
    value: "SECONDS",
    help: "End a transfer whose client is silent for this long.",
    default: "90",
  },
  {
    name: "rate",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE/s",
    help: "Limit in bytes per second for all transfers together.",
  },
  {
    name: "rate-per-client",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE/s",
    help: "Limit in bytes per second for one client address.",
  },
] as const satisfies readonly Flag[];
