/** The clients of other makes that are tried against our server. */

import { fromFileUrl } from "@std/path";
import { run } from "../helpers/process/cli.ts";
import { findProgram, type Program } from "../helpers/process/peers.ts";
import type { Abilities, Row, Setting } from "./matrix.ts";
import { findNpmTftp, NODE, pathOf } from "./servers.ts";

/** Files to move between the server at `host` and `port` and the paths `local`. */
export interface Job {
  row: Row;
  host: string;
  port: number;
  files: readonly { remote: string; local: string }[];
}

/** A client and how to move files with it. */
export interface PeerClient extends Abilities {
  /**
   * True where it leaves netascii untranslated: what it gets is compared with the text as it is on
   * the wire, what it puts with what a receiver makes of such bytes.
   */
  rawNetascii?: boolean;
  /** Moves the files and returns what it complained of, "" when of nothing. */
  move(job: Job): Promise<string>;
}

const TFTP_HPA: Program = { name: "tftp", flag: "-V", says: /^tftp-hpa ([\d.]+)/ };
const ATFTP: Program = { name: "atftp", flag: "-V", says: /^atftp-([\d.]+)/ };
const CURL: Program = { name: "curl", flag: "--version", says: /^curl ([\d.]+).*\btftp\b/s };
const BUSYBOX: Program = { name: "busybox", flag: "--help", says: /^BusyBox v([\d.]+).* tftp,/s };

const tftpHpa: PeerClient = {
  name: "tftp-hpa",
  directions: ["get", "put"],
  modes: ["octet", "netascii"],
  settings: ["plain"],
  wraps: ["plain"],
  notes: [
    { setting: "defaults", text: "tftp-hpa 5.2 asks for no options at all: see plain." },
    { setting: "blksize 1428", text: "tftp-hpa 5.2 asks for no options at all." },
    { setting: "blksize 65464", text: "tftp-hpa 5.2 asks for no options at all." },
    { setting: "windowsize 8", text: "tftp-hpa 5.2 asks for no options at all." },
  ],
  find: () => findProgram(TFTP_HPA),
  move({ row, host, port, files }) {
    const { direction, mode } = row;
    return each(files, ({ remote, local }) => {
      const names = direction === "get" ? [remote, local] : [local, remote];
      return run(pathOf(findProgram(TFTP_HPA)), {
        args: ["-m", mode, host, `${port}`, "-c", direction, ...names],
      });
    });
  },
};

const ATFTP_OPTIONS: Record<Setting, string[]> = {
  defaults: [],
  plain: [],
  "blksize 1428": ["--option", "blksize 1428"],
  "blksize 65464": ["--option", "blksize 65464"],
  "windowsize 8": ["--option", "windowsize 8"],
};

const atftp: PeerClient = {
  name: "atftp",
  directions: ["get", "put"],
  modes: ["octet", "netascii"],
  settings: ["plain", "blksize 1428", "blksize 65464", "windowsize 8"],
  wraps: ["plain", "windowsize 8"],
  notes: [
    { setting: "defaults", text: "atftp asks for no options unless told: see plain." },
  ],
  find: () => findProgram(ATFTP),
  move({ row, host, port, files }) {
    const options = [...ATFTP_OPTIONS[row.setting], "--option", `mode ${row.mode}`];
    const operation = row.direction === "get" ? "-g" : "-p";
    return each(files, ({ remote, local }) =>
      run(pathOf(findProgram(ATFTP)), {
        args: [...options, operation, "-r", remote, "-l", local, host, `${port}`],
      }));
  },
};

const CURL_OPTIONS: Record<Setting, string[]> = {
  defaults: [],
  plain: ["--tftp-no-options"],
  "blksize 1428": ["--tftp-blksize", "1428"],
  "blksize 65464": ["--tftp-blksize", "65464"],
  "windowsize 8": [],
};

const curl: PeerClient = {
  name: "curl",
  directions: ["get", "put"],
  modes: ["octet", "netascii"],
  settings: ["defaults", "plain", "blksize 1428", "blksize 65464"],
  wraps: ["plain"],
  notes: [
    { setting: "windowsize 8", text: "curl has no windowsize." },
    {
      direction: "get",
      mode: "octet",
      setting: "defaults",
      text: "curl takes tsize 0 for a broken answer and gives up, so our server leaves tsize out " +
        "for an empty file.",
    },
    {
      mode: "netascii",
      direction: "get",
      text: "curl does not translate netascii: what it wrote equals the text as it is on the wire.",
    },
    {
      mode: "netascii",
      direction: "put",
      text: "curl does not translate netascii: what arrived equals what netascii makes of the " +
        "untranslated bytes.",
    },
  ],
  rawNetascii: true,
  find: () => findProgram(CURL),
  move({ row, host, port, files }) {
    const flags = ["--silent", "--show-error", ...CURL_OPTIONS[row.setting]];
    return each(files, ({ remote, local }) => {
      const url = `tftp://${host}:${port}/${remote};mode=${row.mode}`;
      const operation = row.direction === "get" ? ["--output", local] : ["--upload-file", local];
      return run(pathOf(findProgram(CURL)), { args: [...flags, ...operation, url] });
    });
  },
};

const BUSYBOX_OPTIONS: Record<Setting, string[]> = {
  defaults: [],
  plain: [],
  "blksize 1428": ["-b", "1428"],
  "blksize 65464": ["-b", "65464"],
  "windowsize 8": [],
};

const busybox: PeerClient = {
  name: "busybox",
  directions: ["get", "put"],
  modes: ["octet"],
  settings: ["defaults", "blksize 1428", "blksize 65464"],
  wraps: ["defaults"],
  notes: [
    { mode: "netascii", text: "busybox has octet only." },
    { setting: "plain", mode: "octet", text: "busybox always asks for tsize: see defaults." },
    { setting: "windowsize 8", mode: "octet", text: "busybox has no windowsize." },
  ],
  find: () => findProgram(BUSYBOX),
  move({ row, host, port, files }) {
    const operation = [...BUSYBOX_OPTIONS[row.setting], row.direction === "get" ? "-g" : "-p"];
    return each(files, ({ remote, local }) =>
      run(pathOf(findProgram(BUSYBOX)), {
        args: ["tftp", ...operation, "-r", remote, "-l", local, host, `${port}`],
      }));
  },
};

const NPM_OPTIONS: Record<Setting, { blockSize?: number; windowSize?: number }> = {
  defaults: {},
  plain: {},
  "blksize 1428": { blockSize: 1428, windowSize: 1 },
  "blksize 65464": { blockSize: 65464, windowSize: 1 },
  "windowsize 8": { blockSize: 512, windowSize: 8 },
};

const npmClient: PeerClient = {
  name: "npm tftp",
  directions: ["get", "put"],
  modes: ["octet"],
  settings: ["defaults", "blksize 1428", "blksize 65464", "windowsize 8"],
  wraps: ["windowsize 8"],
  notes: [
    { mode: "netascii", text: "npm tftp has octet only." },
    { setting: "plain", mode: "octet", text: "npm tftp always asks for options: see defaults." },
    {
      mode: "octet",
      text:
        "npm tftp asks for timeout 3000, meaning milliseconds where RFC 2349 has seconds; our " +
        "server leaves it out.",
    },
    {
      direction: "put",
      mode: "octet",
      text:
        "npm tftp does not tell its caller of the end of an upload whose size is a multiple of " +
        "64 KiB; the file is whole.",
    },
  ],
  find: findNpmTftp,
  move({ row, host, port, files }) {
    const script = fromFileUrl(new URL("peers/npm_client.cjs", import.meta.url));
    const { direction, setting } = row;
    return each(files, (file) => {
      const job = { host, port, direction, ...file, ...NPM_OPTIONS[setting] };
      const args = [script, pathOf(findNpmTftp()), JSON.stringify(job)];
      return run(pathOf(findProgram(NODE)), { args });
    });
  },
};

export const PEER_CLIENTS: readonly PeerClient[] = [tftpHpa, atftp, curl, busybox, npmClient];

/** Runs a program for each file and gathers the complaints of those that failed. */
async function each<T>(
  files: readonly T[],
  move: (file: T) => Promise<{ code: number; stdout: string; stderr: string }>,
): Promise<string> {
  let complaints = "";
  for (const file of files) {
    const { code, stdout, stderr } = await move(file);
    if (code !== 0) complaints += `exit code ${code}: ${stdout}${stderr}`;
  }
  return complaints;
}
