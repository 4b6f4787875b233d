/** The flags of the client: of single transfers, of many, and of the networks they cross. */

import type { Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };
const TEXT: FlagKind = { kind: "text" };
const PATH: FlagKind = { kind: "text", path: true };

export const FILE_FLAGS = [
  {
    name: "output",
    short: "o",
    commands: ["get"],
    takes: PATH,
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
  {
    name: "manifest",
    commands: ["get", "put"],
    takes: PATH,
    value: "PATH",
    help: "Move the files this list names too, one a line; lines of sha256sum or openssl dgst " +
      "are proved as well; - is standard input.",
  },
  {
    name: "jobs",
    short: "j",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 1, max: 64 },
    value: "N",
    help: "Move this many files at once.",
    default: "1",
  },
  {
    name: "no-clobber",
    commands: ["get"],
    takes: SWITCH,
    help: "Fail rather than replace a file that exists.",
  },
  {
    name: "clobber",
    commands: ["get"],
    takes: SWITCH,
    help: "Let --manifest replace files that exist, and bring hidden ones (.NAME).",
  },
  {
    name: "keep-partial",
    commands: ["get"],
    takes: SWITCH,
    help: "Keep what has come of a file that fails, as NAME.part.",
  },
  {
    name: "max-size",
    commands: ["get"],
    takes: { kind: "size" },
    value: "SIZE",
    help: "Fail when a file is larger than this; 64k, 10M and 2G are sizes.",
  },
  {
    name: "sha256",
    commands: ["get", "put"],
    takes: TEXT,
    value: "HEX",
    help: "Fail unless the file has this SHA-256; nothing is left of a download that differs.",
  },
  {
    name: "checksum",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print the SHA-256 of each file as sha256sum does.",
  },
  {
    name: "wait",
    commands: ["put"],
    takes: { kind: "seconds", min: 1, max: 86400 },
    value: "SECONDS",
    bare: "120",
    help: "Keep asking until a server appears, such as a boot loader after power-on; without " +
      "options, unless -b or -w asks for some. --wait alone is --wait=120.",
  },
] as const satisfies readonly Flag[];

export const TRANSFER_FLAGS = [
  {
    name: "port",
    short: "p",
    commands: ["get", "put", "shell", "doctor"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "PORT",
    help: "The server's port, where HOST does not name one.",
    default: "69",
  },
  {
    name: "mode",
    short: "m",
    commands: ["get", "put", "shell"],
    takes: {
      kind: "choice",
      choices: ["octet", "netascii"],
      aliases: { binary: "octet", image: "octet", ascii: "netascii" },
    },
    value: "MODE",
    help: "octet (or binary) moves bytes as they are, netascii (or ascii) translates line ends " +
      "of text.",
    default: "octet",
  },
  {
    name: "blksize",
    short: "b",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 8, max: 65464, words: ["auto"] },
    value: "BYTES",
    help: "Ask for this many bytes in a block (RFC 2348); auto finds the largest blocks that " +
      "get through.",
    assumed: "1428",
  },
  {
    name: "windowsize",
    short: "w",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "BLOCKS",
    help: "Ask for windows of this many blocks (RFC 7440), or as many as a default receive " +
      "buffer holds: 128 of up to 512 bytes, 64 of up to 1472.",
    assumed: "32",
  },
  {
    name: "timeout",
    short: "t",
    commands: ["get", "put", "shell"],
    takes: { kind: "seconds", min: 0.1, max: 255 },
    value: "SECONDS",
    help: "Wait this long for the first answer before asking again.",
    assumed: "1",
  },
  {
    name: "timeout-option",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Send -t as the timeout option too (RFC 2349, whole seconds).",
  },
  {
    name: "retries",
    short: "r",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 0, max: 100 },
    value: "TIMES",
    help: "Ask again this often before giving up.",
    assumed: "5",
  },
  {
    name: "no-options",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Send no option at all: plain RFC 1350.",
  },
  {
    name: "ipv4",
    short: "4",
    commands: ["get", "put", "shell", "doctor"],
    takes: SWITCH,
    help: "Use IPv4 only.",
  },
  {
    name: "ipv6",
    short: "6",
    commands: ["get", "put", "shell", "doctor"],
    takes: SWITCH,
    help: "Use IPv6 only.",
  },
  {
    name: "from",
    commands: ["get", "put", "shell", "doctor"],
    takes: TEXT,
    value: "ADDRESS",
    help: "Ask from this address of this machine.",
  },
  {
    name: "local-port",
    commands: ["get", "put", "shell", "doctor"],
    takes: TEXT,
    value: "A[:B]",
    help: "Ask from this port, or from the first free one from A to B.",
  },
  {
    name: "progress",
    commands: ["get", "put", "shell"],
    takes: { kind: "choice", choices: ["auto", "always", "never"] },
    value: "WHEN",
    help: "Show on stderr how far each file is: always, never, or auto, where that is a " +
      "terminal.",
    default: "auto",
  },
  {
    name: "json",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print a JSON object on stdout for every file, failed ones too.",
  },
  {
    name: "quiet",
    short: "q",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Print nothing but errors.",
  },
  {
    name: "verbose",
    short: "v",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Print what was asked and what was agreed.",
  },
] as const satisfies readonly Flag[];

export const NETWORK_FLAGS = [
  {
    name: "io",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: { kind: "choice", choices: ["auto", "deno", "native"] },
    value: "SOCKETS",
    help: "Whose sockets to use: deno for those of Deno, native for system calls of our own " +
      "(on Linux, and faster), auto for native ones where --allow-ffi allows them.",
    default: "auto",
  },
  {
    name: "interface",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: TEXT,
    value: "NAME",
    help: "Use this network interface and no other; needs native sockets.",
  },
  {
    name: "trace",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: SWITCH,
    help: "Print every datagram on stderr: time, direction, kind, block, length, options.",
  },
  {
    name: "pcap",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: PATH,
    value: "PATH",
    help: "Write every datagram into a capture that Wireshark opens.",
  },
  {
    name: "fault",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: TEXT,
    value: "FAULTS",
    help: "Make the network bad on purpose, both ways: loss=1%,dup=0.5%,reorder=1%,delay=20ms," +
      "seed=7. The same seed makes the same faults.",
  },
] as const satisfies readonly Flag[];
