/** The flags of `tftp serve`; they are also the keys of its configuration file. */

import { NETWORK_FLAGS } from "./client_flags.ts";
import type { Flag, FlagGroup, FlagKind } from "./flag_row.ts";
import { ORIGIN_FLAGS } from "./origin_flags.ts";
import { FILE_FLAGS } from "./serve_flags_files.ts";
import { ACCESS_FLAGS, LIMIT_FLAGS } from "./serve_flags_limits.ts";
import { WATCH_FLAGS } from "./watch_flags.ts";

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
    help: "Listen only on this address; can be repeated. Without it, on all addresses of this " +
      "machine, IPv4 and IPv6.",
    repeatable: true,
  },
  { name: "ipv4", short: "4", commands: ["serve"], takes: SWITCH, help: "Serve IPv4 only." },
  { name: "ipv6", short: "6", commands: ["serve"], takes: SWITCH, help: "Serve IPv6 only." },
  {
    name: "single-port",
    commands: ["serve"],
    takes: SWITCH,
    help: "Answer from the listening port, for firewalls and containers that open no other.",
  },
  {
    name: "port-range",
    commands: ["serve"],
    takes: TEXT,
    value: "A:B",
    help: "Answer from ports A to B, for firewalls and containers that open no others.",
  },
  {
    name: "user",
    commands: ["serve"],
    takes: TEXT,
    value: "NAME[:GROUP]",
    help: "Switch to this user once the port is bound, and give up root; needs native sockets.",
  },
  {
    name: "broadcast",
    commands: ["serve"],
    takes: SWITCH,
    help: "Also answer requests sent to a broadcast address. Only native sockets can tell them " +
      "apart; Deno's sockets always answer them.",
  },
] as const satisfies readonly Flag[];

const NAME_FLAGS = [
  {
    name: "dir",
    short: "d",
    commands: ["serve"],
    takes: TEXT,
    value: "DIR",
    help: "The folder to serve; the same as the argument DIR.",
  },
  {
    name: "root-per-client",
    commands: ["serve"],
    takes: SWITCH,
    help: "Serve DIR/ADDRESS to the client with that address, if that folder exists.",
  },
  {
    name: "ignore-case",
    commands: ["serve"],
    takes: SWITCH,
    help: "Ignore case where no file has exactly the requested name.",
  },
  {
    name: "map",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Rewrite requested names by the rules in this file (format of tftp-hpa).",
  },
  {
    name: "map-test",
    commands: ["serve"],
    takes: TEXT,
    value: "NAME",
    help: "Print the name that --map makes of NAME, and exit.",
  },
  {
    name: "map-client",
    commands: ["serve"],
    takes: TEXT,
    value: "IP",
    help: "Client address for --map-test.",
    default: "192.0.2.1",
  },
] as const satisfies readonly Flag[];

const UPLOAD_FLAGS = [
  {
    name: "uploads",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["off", "new", "overwrite", "version"] },
    value: "POLICY",
    help: "off refuses all uploads, new accepts files that do not exist yet, overwrite also " +
      "replaces files, version replaces them and keeps the old ones as NAME.1, NAME.2 and so on.",
    default: "off",
  },
  {
    name: "upload-dir",
    commands: ["serve"],
    takes: TEXT,
    value: "SUB",
    help: "Accept uploads only into this folder below DIR.",
  },
  {
    name: "upload-mode",
    commands: ["serve"],
    takes: TEXT,
    value: "OCTAL",
    help: "Permissions of new files, such as 640, instead of what the umask leaves. A replaced " +
      "file keeps its own.",
  },
  {
    name: "max-upload",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE",
    help: "Refuse uploads larger than this, such as 64k, 10M or 2G.",
  },
  {
    name: "upload-quota",
    commands: ["serve"],
    takes: SIZE,
    value: "SIZE",
    help: "Refuse uploads that would make the upload folder larger than this in total.",
  },
] as const satisfies readonly Flag[];

const RUN_FLAGS = [
  {
    name: "workers",
    commands: ["serve"],
    // Each thread has 32 ports and a heap of its own.
    takes: { kind: "integer", min: 1, max: 64 },
    value: "COUNT",
    help: "Number of threads. Each has clients and --max-transfers of its own; --rate and " +
      "--upload-quota apply to all of them together.",
    default: "1",
  },
  {
    name: "drain",
    commands: ["serve"],
    takes: { kind: "seconds", min: 0, max: 3600 },
    value: "SECONDS",
    help: "On SIGTERM, wait this long for running transfers to end.",
    default: "0",
  },
  {
    name: "config",
    short: "c",
    commands: ["serve"],
    takes: TEXT,
    value: "FILE",
    help: "Read options from this file: JSON with comments, the keys are the long names. Options " +
      "on the command line come first. SIGHUP reloads it.",
  },
  {
    name: "print-config",
    commands: ["serve"],
    takes: SWITCH,
    help: "Print the effective configuration and exit.",
  },
] as const satisfies readonly Flag[];

const LOG_FLAGS = [
  {
    name: "log",
    short: "l",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["error", "info", "debug"] },
    value: "LEVEL",
    help: "What to log: error, info (one line per transfer) or debug.",
    default: "info",
  },
  {
    name: "log-format",
    commands: ["serve"],
    takes: { kind: "choice", choices: ["text", "json"] },
    value: "FORMAT",
    help: "text for people, or json for programs, one object per line.",
    default: "text",
  },
  {
    name: "log-file",
    commands: ["serve"],
    takes: TEXT,
    value: "PATH",
    help: "Append the log to this file; SIGHUP reopens it.",
  },
] as const satisfies readonly Flag[];

export const SERVE_FLAGS = [
  ...PLACE_FLAGS,
  ...NAME_FLAGS,
  ...UPLOAD_FLAGS,
  ...FILE_FLAGS,
  ...ACCESS_FLAGS,
  ...LIMIT_FLAGS,
  ...RUN_FLAGS,
  ...LOG_FLAGS,
] as const;

const DEBUG_FLAGS: readonly string[] = ["trace", "pcap", "fault"];

const isForFiles = ({ name }: Flag) => name !== "on-upload";
const isForServe = ({ commands }: Flag) => commands.includes("serve");

/** The groups of flags in the help of `serve`; all other flags come last. */
export const SERVE_GROUPS: readonly FlagGroup[] = [
  {
    title: "Network",
    flags: [...PLACE_FLAGS, ...NETWORK_FLAGS.filter(({ name }) => !DEBUG_FLAGS.includes(name))],
  },
  { title: "Files", flags: [...NAME_FLAGS, ...FILE_FLAGS.filter(isForFiles)] },
  { title: "Origins", flags: ORIGIN_FLAGS },
  { title: "Uploads", flags: [...UPLOAD_FLAGS, ...FILE_FLAGS.filter((flag) => !isForFiles(flag))] },
  { title: "Access", flags: ACCESS_FLAGS },
  { title: "Limits", flags: LIMIT_FLAGS },
  { title: "Logs", flags: LOG_FLAGS },
  { title: "Monitoring", flags: (WATCH_FLAGS as readonly Flag[]).filter(isForServe) },
  {
    title: "Debugging",
    flags: NETWORK_FLAGS.filter(({ name }) => DEBUG_FLAGS.includes(name)),
  },
];
