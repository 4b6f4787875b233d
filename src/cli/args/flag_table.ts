/**
 * Every command and every flag of the command line, once.
 *
 * Parsing, help, completions, the manual and their tests use these two tables: a flag that is added
 * here is parsed, checked, explained and tested without any other change.
 */

import { FILE_FLAGS, NETWORK_FLAGS, TRANSFER_FLAGS } from "./client_flags.ts";
import { DOCTOR_FLAGS } from "./doctor_flags.ts";
import type { CommandName, CommandRow, Flag, FlagKind } from "./flag_row.ts";
import { ORIGIN_FLAGS } from "./origin_flags.ts";
import { SERVE_FLAGS } from "./serve_flags.ts";
import { WATCH_FLAGS } from "./watch_flags.ts";

export type { CommandName, CommandRow, Flag, FlagKind } from "./flag_row.ts";

const SWITCH: FlagKind = { kind: "switch" };
export const FLAGS = [
  ...FILE_FLAGS,
  ...TRANSFER_FLAGS,
  ...SERVE_FLAGS,
  ...ORIGIN_FLAGS,
  ...DOCTOR_FLAGS,
  ...WATCH_FLAGS,
  ...NETWORK_FLAGS,
  {
    name: "help",
    short: "h",
    commands: ["get", "put", "serve", "status", "shell", "doctor", "completions", "man"],
    takes: SWITCH,
    help: "Print this help and exit.",
  },
  {
    name: "version",
    short: "V",
    commands: ["get", "put", "serve", "status", "shell", "doctor", "completions", "man"],
    takes: SWITCH,
    help: "Print the version and exit.",
  },
  {
    name: "permissions",
    commands: ["get", "put", "serve", "doctor"],
    takes: SWITCH,
    help: "Print the permissions that this program has from Deno, and exit.",
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
      ["tftp get -j 4 --manifest SHA256SUMS 192.0.2.1", "many files, each verified"],
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
      ["tftp put --wait 192.168.1.1 firmware.bin", "to a boot loader"],
    ],
  },
  {
    name: "serve",
    summary: "serve the files of a folder, a web server or a bucket",
    usage: ["tftp serve [options] [DIR|URL]"],
    examples: [
      ["tftp serve -p 6969 .", "read only, on a free port"],
      ["tftp serve --uploads new -a 192.0.2.1 /srv/tftp", "one address, new files too"],
      ["tftp serve -c /etc/tftp/tftp.jsonc", "with a configuration file"],
      ["tftp serve --map map --map-test pxelinux.0", "try the rules on a name"],
      ["tftp serve --cache /var/cache/tftp https://boot.example/", "a web server's files"],
    ],
  },
  {
    name: "status",
    summary: "show the status of a server started with --http",
    usage: ["tftp status [options] [URL]"],
    examples: [
      ["tftp status", "of this machine, on port 8069"],
      ["tftp status --once 192.0.2.1:8069", "of another machine, once"],
      ["tftp status --json", "for programs"],
    ],
  },
  {
    name: "shell",
    summary: "an interactive shell, as in other TFTP clients",
    usage: ["tftp [options] HOST [PORT]", "tftp shell [options] [HOST [PORT]]"],
    examples: [
      ["tftp 192.0.2.1", "then: get FILE, help, quit"],
      ["tftp shell -m netascii 192.0.2.1 6969", "with line ends converted"],
    ],
  },
  {
    name: "doctor",
    summary: "find out what is wrong with a server, or with this machine as one",
    usage: [
      "tftp doctor [options] HOST[:PORT] [FILE]",
      "tftp doctor --serve [options of serve] [DIR]",
    ],
    notes: [
      "It sends at most 4,000 packets and receives at most 16 MiB, with --thorough 80,000 " +
      "packets and 64 MiB. Without FILE it requests a name that does not exist and some usual " +
      "ones. It ends with a verdict and the command to use.",
      "The exit code is 0 if nothing is wrong, 3 or 7 for a fault of this machine, 4 if the " +
      "server does not have FILE, 5 if there is no answer, 6 if the server breaks the protocol.",
    ],
    examples: [
      ["tftp doctor 192.0.2.1 pxelinux.0", "with a file that it has"],
      ["tftp doctor 192.0.2.1", "whether and how it answers"],
      ["tftp doctor --serve -p 69 /srv/tftp", "before tftp serve"],
    ],
  },
  {
    name: "completions",
    summary: "print a shell completion script",
    usage: ["tftp completions bash|zsh|fish"],
    examples: [["tftp completions bash", "to a file for bash"]],
  },
  {
    name: "man",
    summary: "print the manual page",
    usage: ["tftp man"],
    examples: [["tftp man", "for man: tftp man | man -l -"]],
  },
];

/** Other names of commands, with their operands in another order. */
export const ALIASES: readonly { name: string; of: CommandName; summary: string }[] = [
  { name: "pull", of: "get", summary: "get with the file first" },
  { name: "push", of: "put", summary: "put with the file first" },
];
