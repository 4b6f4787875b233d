/** The flags of the client: for single transfers, for many, and for the network. */

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
    help: "Write to this file or folder; - is standard output. Without it, to the current " +
      "folder, under the last part of FILE.",
  },
  {
    name: "name",
    short: "n",
    commands: ["put"],
    takes: TEXT,
    value: "REMOTE",
    help: "Name of the file on the server. For one FILE only, and required when FILE is - " +
      "(standard input).",
  },
  {
    name: "manifest",
    commands: ["get", "put"],
    takes: PATH,
    value: "PATH",
    help: "Also transfer the files in this list, one per line. Checksums from sha256sum or " +
      "openssl dgst are verified. - is standard input.",
  },
  {
    name: "jobs",
    short: "j",
    commands: ["get", "put"],
    takes: { kind: "integer", min: 1, max: 64 },
    value: "N",
    help: "Transfer this many files at once.",
    default: "1",
  },
  {
    name: "no-clobber",
    commands: ["get"],
    takes: SWITCH,
    help: "Fail instead of replacing an existing file.",
  },
  {
    name: "clobber",
    commands: ["get"],
    takes: SWITCH,
    help: "Let --manifest replace existing files and write hidden ones (.NAME).",
  },
  {
    name: "keep-partial",
    commands: ["get"],
    takes: SWITCH,
    help: "Keep the partial file of a failed download, as NAME.part.",
  },
  {
    name: "max-size",
    commands: ["get"],
    takes: { kind: "size" },
    value: "SIZE",
    help: "Fail if a file is larger than this, such as 64k, 10M or 2G.",
  },
  {
    name: "sha256",
    commands: ["get", "put"],
    takes: TEXT,
    value: "HEX",
    help: "Fail unless the file has this SHA-256; a download that differs is removed.",
  },
  {
    name: "checksum",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print the SHA-256 of each file, as sha256sum does.",
  },
  {
    name: "wait",
    commands: ["put"],
    takes: { kind: "seconds", min: 1, max: 86400 },
    value: "SECONDS",
    bare: "120",
    help: "Repeat the request until a server answers, such as a boot loader after power-on. " +
      "Sends no options unless -b or -w is given. --wait alone means --wait=120.",
  },
] as const satisfies readonly Flag[];

export const TRANSFER_FLAGS = [
  {
    name: "port",
    short: "p",
    commands: ["get", "put", "shell", "doctor"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "PORT",
    help: "The server's port, if HOST does not include one.",
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
    help: "octet (or binary) transfers bytes unchanged, netascii (or ascii) converts the line " +
      "ends of text.",
    default: "octet",
  },
  {
    name: "blksize",
    short: "b",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 8, max: 65464, words: ["auto"] },
    value: "BYTES",
    help: "Ask for blocks of this many bytes (RFC 2348); auto finds the largest blocks that get " +
      "through.",
    assumed: "1428",
  },
  {
    name: "windowsize",
    short: "w",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 1, max: 65535 },
    value: "BLOCKS",
    help:
      "Ask for windows of this many blocks (RFC 7440), but no more than a receive buffer holds: " +
      "by default 128 of up to 512 bytes, 64 of up to 1472; with get over native sockets more.",
    assumed: "32",
  },
  {
    name: "timeout",
    short: "t",
    commands: ["get", "put", "shell"],
    takes: { kind: "seconds", min: 0.1, max: 255 },
    value: "SECONDS",
    help: "Wait this long for the first answer before repeating the request.",
    assumed: "1",
  },
  {
    name: "timeout-option",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Also send -t as the timeout option (RFC 2349, whole seconds).",
  },
  {
    name: "retries",
    short: "r",
    commands: ["get", "put", "shell"],
    takes: { kind: "integer", min: 0, max: 100 },
    value: "TIMES",
    help: "Repeat this many times before giving up.",
    assumed: "5",
  },
  {
    name: "no-options",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Send no options: plain RFC 1350.",
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
    help: "Send from this local address.",
  },
  {
    name: "local-port",
    commands: ["get", "put", "shell", "doctor"],
    takes: TEXT,
    value: "A[:B]",
    help: "Send from this local port, or from the first free one from A to B.",
  },
  {
    name: "progress",
    commands: ["get", "put", "shell"],
    takes: { kind: "choice", choices: ["auto", "always", "never"] },
    value: "WHEN",
    help: "Show progress on stderr: always, never, or auto (only in a terminal).",
    default: "auto",
  },
  {
    name: "json",
    commands: ["get", "put"],
    takes: SWITCH,
    help: "Print a JSON object on stdout for each file, also for failed ones.",
  },
  {
    name: "quiet",
    short: "q",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Print only errors.",
  },
  {
    name: "verbose",
    short: "v",
    commands: ["get", "put", "shell"],
    takes: SWITCH,
    help: "Print the options that were requested and granted.",
  },
] as const satisfies readonly Flag[];

export const NETWORK_FLAGS = [
  {
    name: "io",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: { kind: "choice", choices: ["auto", "deno", "native"] },
    value: "SOCKETS",
    help: "Which sockets to use: deno for Deno's own, native for direct system calls (Linux " +
      "only, and faster), auto for native ones if --allow-ffi permits them.",
    default: "auto",
  },
  {
    name: "interface",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: TEXT,
    value: "NAME",
    help: "Use only this network interface; needs native sockets.",
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
    help: "Write every datagram to a capture file for Wireshark.",
  },
  {
    name: "fault",
    commands: ["get", "put", "serve", "shell", "doctor"],
    takes: TEXT,
    value: "FAULTS",
    help: "Simulate a bad network, in both directions: " +
      "loss=1%,dup=0.5%,reorder=1%,delay=20ms,seed=7. The same seed gives the same faults.",
  },
] as const satisfies readonly Flag[];
