/** The flags of `tftp serve`; they are its configuration file's keys too. */

import type { Flag, FlagKind } from "./flag_table.ts";
import { FILE_FLAGS } from "./serve_flags_files.ts";

const SWITCH: FlagKind = { kind: "switch" };
const TEXT: FlagKind = { kind: "text" };
const SIZE: FlagKind = { kind: "size" };

const PLACE_FLAGS = [
  {
    name: "port",
    short: "p",
    commands: ["serve"],
    takes: { kind: "integer", min: 0, max: 65535 },
    value: "PORT",
    help: "Listen on this port; 0 takes any free one.",
    default: "69",
  },
  {
    name: "address",
    short: "a",
    commands: ["serve"],
    takes: TEXT,
    value: "ADDRESS",
    help: "Listen on this address only; may be given again. Without it, every address of this " +
      "machine, IPv4 and IPv6.",
    repeatable: true,
  },
  { name: "ipv4", short: "4", commands: ["serve"], takes: SWITCH, help: "Serve IPv4 only." },
  { name: "ipv6", short: "6", commands: ["serve"], takes: SWITCH, help: "Serve IPv6 only." },
  {
    name: "single-port",
    commands: ["serve"],
    takes: SWITCH,
    help: "Answer from the listening port, for firewalls and containers that pass no other.",
  },
  {
    name: "port-range",
    commands: ["serve"],
    takes: TEXT,
    value: "A:B",
    help: "Answer from ports A to B, for firewalls and containers that pass no others.",
  },
  {
    name: "user",
    commands: ["serve"],
    takes: TEXT,
    value: "NAME[:GROUP]",
    help: "Become this user once the port is bound, and root no more; needs native sockets.",
  },
  {
    name: "broadcast",
    commands: ["serve"],
    takes: SWITCH,
    help: "Answer requests that were sent to a broadcast address too; native sockets can tell " +
      "them apart, others answer them anyway.",
  },
] as const satisfies readonly Flag[];

const NAME_FLAGS = [
  {
    name: "dir",
    short: "d",
    commands: ["serve"],
    takes: TEXT,
    value: "DIR",
    help: "The folder to serve, instead of the one named last.",
  },
  {
    name: "root-per-client",
    commands: ["serve"],
    takes: SWITCH,
    help: "Serve DIR/ADDRESS to the client of that address, where it exists.",
  },
  {
    name: "ignore-case",
    commands: ["serve"],
    takes: SWITCH,
    help: "Look names up without regard to case, where there is no file as it is spelt.",
  },
  {
    name: "map",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Rewrite requested names by the rules of this file, written as for tftp-hpa.",
  },
  {
    name: "map-test",
    commands: ["serve"],
    takes: TEXT,
    value: "NAME",
    help: "Print what --map makes of NAME and exit.",
  },
  {
    name: "from",
    commands: ["serve"],
    takes: TEXT,
    value: "IP",
    help: "The client's address for --map-test.",
    default: "192.0.2.1",
  },
] as const satisfies readonly Flag[];

const UPLOAD_FLAGS = [
  {
    name: "uploads",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["off", "new", "overwrite", "version"] },
    value: "POLICY",
    help: "off refuses every upload, new takes files that do not exist yet, overwrite replaces " +
      "files too, version does and keeps the old one as NAME.1, NAME.2 and so on.",
    default: "off",
  },
  {
    name: "upload-dir",
    commands: ["serve"],
    takes: TEXT,
    value: "SUB",
    help: "Take uploads in this folder below DIR only.",
  },
  {
    name: "upload-mode",
    commands: ["serve"],
    takes: TEXT,
    value: "OCTAL",
    help: "Give new files these permissions, such as 640, instead of what the umask leaves. A " +
      "file that is replaced keeps its own.",
  },
  {
    name: "max-upload",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE",
    help: "Take no upload larger than this; 64k, 10M and 2G are sizes.",
  },
  {
    name: "upload-quota",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE",
    help: "Take no upload that makes the folder of uploads hold more than this in all.",
  },
] as const satisfies readonly Flag[];

const BOUND_FLAGS = [
  {
    name: "allow",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Serve these addresses only; may be given again.",
    repeatable: true,
  },
  {
    name: "deny",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Do not serve these addresses, allowed or not; may be given again.",
    repeatable: true,
  },
  {
    name: "allow-write",
    commands: ["serve"],
    takes: TEXT,
    value: "CIDR",
    help: "Take uploads from these addresses only; may be given again.",
    repeatable: true,
  },
  {
    name: "quiet-deny",
    commands: ["serve"],
    takes: SWITCH,
    help: "Give addresses that are not served no answer at all.",
  },
  {
    name: "max-transfers",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 100_000 },
    value: "COUNT",
    help: "Transfers at once; more clients are told to come again.",
    default: "2000",
  },
  {
    name: "max-per-client",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 100_000 },
    value: "COUNT",
    help: "The same for one client address.",
  },
  {
    name: "max-blksize",
    commands: ["serve"],
    takes: { kind: "integer", min: 8, max: 65464 },
    value: "BYTES",
    help: "Grant no larger blocks.",
    default: "65464",
  },
  {
    name: "max-windowsize",
    commands: ["serve"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "BLOCKS",
    help: "Grant no larger windows; a default receive buffer bounds them anyway: 128 blocks of " +
      "up to 512 bytes, 64 of up to 1472, fewer of larger ones.",
  },
  {
    name: "idle-timeout",
    commands: ["serve"],
    takes: { kind: "seconds", min: 1, max: 3600 },
    value: "SECONDS",
    help: "Give a silent client up after this long.",
    default: "90",
  },
  {
    name: "rate",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE/s",
    help: "Move no more bytes than this in a second, all transfers together.",
  },
  {
    name: "rate-per-client",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE/s",
    help: "The same for one client address.",
  },
] as const satisfies readonly Flag[];

const RUN_FLAGS = [
  {
    name: "workers",
    commands: ["serve"],
    // Each has 32 ports and a heap of its own.
    takes: { kind: "integer", min: 1, max: 64 },
    value: "COUNT",
    help: "Serve from so many threads, each with clients and --max-transfers of its own; " +
      "--rate and --upload-quota hold for all of them together.",
    default: "1",
  },
  {
    name: "log",
    short: "l",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["error", "info", "debug"] },
    value: "LEVEL",
    help: "How much to log: error, info (a line for every transfer) or debug.",
    default: "info",
  },
  {
    name: "log-format",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["text", "json"] },
    value: "FORMAT",
    help: "How to log: text for people, or json, one object a line.",
    default: "text",
  },
  {
    name: "log-file",
    commands: ["serve"],
    takes: TEXT,
    value: "PATH",
    help: "Log to the end of this file; SIGHUP opens it again.",
  },
  {
    name: "drain",
    commands: ["serve"],
    takes: { kind: "seconds", min: 0, max: 3600 },
    value: "SECONDS",
    help: "On SIGTERM, let transfers end for so long.",
    default: "0",
  },
  {
    name: "config",
    short: "c",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Read options from this file, by their long names, as JSON with comments; options on " +
      "the command line win. SIGHUP reads it again.",
  },
  {
    name: "print-config",
    commands: ["serve"],
    takes: SWITCH,
    help: "Print the options that hold, as such a file, and exit.",
  },
] as const satisfies readonly Flag[];

export const SERVE_FLAGS = [
  ...PLACE_FLAGS,
  ...NAME_FLAGS,
  ...UPLOAD_FLAGS,
  ...FILE_FLAGS,
  ...BOUND_FLAGS,
  ...RUN_FLAGS,
] as const;
