/**
 * The closed vocabulary of the command line: every command and every flag, once.
 *
 * Parsing, help and their tests all walk these two tables, so a flag that is added here is parsed,
 * checked, explained and tested without another line. Three rules keep the rows unambiguous:
 * a long name keeps its short letter and its kind (switch or value) in every row it has, a short
 * letter belongs to one long name only, and one name has at most one row for a command.
 */

import { SERVE_FLAGS } from "./serve_flags.ts";

export type CommandName = "get" | "put" | "serve";

/** What the text after a flag must look like. A switch takes none. */
export type FlagKind =
  | { readonly kind: "switch" }
  | { readonly kind: "text" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "seconds"; readonly min: number; readonly max: number }
  /** Bytes, such as 1500, 64k, 10M or 2GiB; `/s` behind it may be said. */
  | { readonly kind: "size" }
  | { readonly kind: "choice"; readonly choices: readonly string[] };

export interface Flag {
  /** The long name, without its two dashes. */
  readonly name: string;
  readonly short?: string;
  readonly commands: readonly CommandName[];
  readonly takes: FlagKind;
  /** What the help calls the value. */
  readonly value?: string;
  readonly help: string;
  /** The text that holds when the flag is not given. */
  readonly default?: string;
  /** What the client chooses when the flag is not given: for the help, told to nobody else. */
  readonly assumed?: string;
  /** Every value counts, instead of the last one. */
  readonly repeatable?: true;
}

export interface CommandRow {
  readonly name: CommandName;
  readonly summary: string;
  readonly usage: readonly string[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

const SWITCH: FlagKind = { kind: "switch" };
const TEXT: FlagKind = { kind: "text" };

const TRANSFER_FLAGS = [
  {
    name: "port",
    short: "p",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "PORT",
    help: "The server's port, where HOST does not name one.",
    default: "69",
  },
  {
    name: "mode",
    short: "m",
    commands: ["get", "put"],
    takes: { kind: "choice", choices: ["octet", "netascii"] },
    value: "MODE",
    help: "octet moves bytes as they are, netascii translates line ends of text.",
    default: "octet",
  },
  {
    name: "blksize",
    short: "b",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 8, max: 65464 },
    value: "BYTES",
    help: "Ask for this many bytes in a block (RFC 2348).",
    assumed: "1428",
  },
  {
    name: "windowsize",
    short: "w",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "BLOCKS",
    help: "Ask for this many blocks between two acknowledgements (RFC 7440).",
    assumed: "32",
  },
  {
    name: "timeout",
    short: "t",
    commands: ["get", "put"],
    takes: { kind: "seconds", min: 0.1, max: 255 },
    value: "SECONDS",
    help: "Wait this long for the first answer before asking again.",
    assumed: "1",
  },
  {
    name: "timeout-option",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Send -t as the timeout option too (RFC 2349, whole seconds).",
  },
  {
    name: "retries",
    short: "r",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 0, max: 100 },
    value: "TIMES",
    help: "Ask again this often before giving up.",
    assumed: "5",
  },
  {
    name: "no-options",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Send no option at all: plain RFC 1350.",
  },
  { name: "ipv4", short: "4", commands: ["get", "put"], takes: SWITCH, help: "Use IPv4 only." },
  { name: "ipv6", short: "6", commands: ["get", "put"], takes: SWITCH, help: "Use IPv6 only." },
  {
    name: "quiet",
    short: "q",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print nothing but errors.",
  },
  {
    name: "verbose",
    short: "v",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print what was asked and what was agreed.",
  },
] as const satisfies readonly Flag[];

export const FLAGS = [
  {
    name: "output",
    short: "o",
    commands: ["get"],
    takes: TEXT,
    value: "PATH",
    help: "Write to this file, or into this folder; - is standard output. Without it, the last " +
      "part of FILE in the current folder.",
  },
  {
    name: "name",
    short: "n",
    commands: ["put"],
    takes: TEXT,
    value: "REMOTE",
    help: "The name the file gets on the server; with one FILE only, and needed when FILE is - " +
      "(standard input).",
  },
  ...TRANSFER_FLAGS,
  ...SERVE_FLAGS,
  {
    name: "help",
    short: "h",
    commands: ["get", "put", "serve"],
    takes: SWITCH,
    help: "Print this help and exit.",
  },
  {
    name: "version",
    short: "V",
    commands: ["get", "put", "serve"],
    takes: SWITCH,
    help: "Print the version and exit.",
  },
  {
    name: "permissions",
    commands: ["get", "put", "serve"],
    takes: SWITCH,
    help: "Print what this program may do, by Deno's word, and exit.",
  },
] as const satisfies readonly Flag[];

export type FlagName = (typeof FLAGS)[number]["name"];

export const COMMANDS: readonly CommandRow[] = [
  {
    name: "get",
    summary: "fetch files from a server",
    usage: [
      "tftp get [options] HOST[:PORT] FILE...",
      "tftp get [options] tftp://HOST[:PORT]/FILE[;mode=MODE]...",
    ],
    examples: [
      ["tftp get 192.0.2.1 pxelinux.0", "into the current folder"],
      ["tftp get -o boot/ 192.0.2.1:6969 kernel initrd", "two files into boot/"],
      ["tftp get -o - tftp://[::1]/notes.txt", "to standard output"],
    ],
  },
  {
    name: "put",
    summary: "send files to a server",
    usage: [
      "tftp put [options] HOST[:PORT] FILE...",
      "tftp put [options] FILE... tftp://HOST[:PORT]/[NAME]",
    ],
    examples: [
      ["tftp put 192.0.2.1 switch.cfg", "under its own name"],
      ["tftp put -n backup/sw1.cfg 192.0.2.1 sw.cfg", "under another name"],
      ["date | tftp put - tftp://192.0.2.1/now.txt", "from standard input"],
    ],
  },
  {
    name: "serve",
    summary: "serve the files of a folder",
    usage: ["tftp serve [options] [DIR]"],
    examples: [
      ["tftp serve -p 6969 .", "read only, on a free port"],
      ["tftp serve --uploads new -a 192.0.2.1 /srv/tftp", "one address, new files too"],
      ["tftp serve -c /etc/tftp/tftp.jsonc", "as a file says"],
      ["tftp serve --map map --map-test pxelinux.0", "what a name becomes"],
    ],
  },
];
