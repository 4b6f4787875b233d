/** The servers to measure: this one, and other installed ones. */

import { fromFileUrl } from "@std/path";
import {
  findPackage,
  findProgram,
  freePort,
  type Program,
  type RunningPeer,
  startDaemon,
} from "../tests/helpers/process/peers.ts";
import { FLOOR } from "./bars.ts";
import { buildGo } from "./build.ts";

export interface Contender {
  name: string;
  /** A process for each transfer: its memory is the sum. */
  forks?: boolean;
  /** It can use only port 69, so it gets a loopback address of its own. */
  port69?: boolean;
  /** It differs from its like only where there are many clients, and is left out elsewhere. */
  forCrowds?: boolean;
  /** How many of it run where there is one client, if they differ in speed. @default {1} */
  processes?: number;
  /** The version, or undefined where it is not installed. */
  version(): string | undefined;
  /** The command that serves a folder; only asked where it is installed. */
  command(root: string, at: Place): string[];
}

export interface Place {
  host: string;
  port: number;
  /** How many transfers the server must bear at once, where that is more than is usual. */
  atOnce?: number;
}

/** Starts a server over a folder, and waits until it answers. */
export function startContender(
  { port69, command }: Contender,
  { root, pinned, atOnce }: { root: string; pinned: boolean; atOnce?: number },
): Promise<RunningPeer> {
  // The upper half of 127.0.0.0/8 is the load's.
  const part = () => 1 + Math.floor(Math.random() * 126);
  const at = port69
    ? { host: `127.${part()}.${part()}.${part()}`, port: 69 }
    : { host: "127.0.0.1", port: freePort() };
  const most = atOnce === undefined ? {} : { atOnce };
  const [program, args] = stationed(pinned, command(root, { ...at, ...most }));
  return startDaemon(program, { args, ...at });
}

/** A command as it is run: bound to the first core, where the load is too, or free. */
export function stationed(pinned: boolean, command: readonly string[]): [string, string[]] {
  const [program, ...args] = pinned ? ["taskset", "-c", "0", ...command] : command;
  return [program!, args];
}

const IN_TFTPD: Program = { name: "in.tftpd", flag: "-V", says: /^tftp-hpa ([\d.]+)/ };
const ATFTPD: Program = { name: "atftpd", flag: "-V", says: /^atftp-([\d.]+)/ };
const DNSMASQ: Program = { name: "dnsmasq", flag: "--version", says: /^Dnsmasq version ([\d.]+)/ };
const NODE: Program = { name: "node", flag: "--version", says: /^v([\d.]+)/ };
const GO: Program = { name: "go", flag: "version", says: /^go version go([\d.]+)/ };
const PYTHON = "/usr/bin/python3";

/** Transfers at once of a server that is not told otherwise: as many as ours bears. */
const USUAL = 2000;

const inTftpd: Contender = {
  name: "in.tftpd",
  forks: true,
  version: () => findProgram(IN_TFTPD)?.version,
  command(root, { host, port }) {
    const flags = ["-L", "-c", "-p", "-u", "root", "--address", `${host}:${port}`];
    return [findProgram(IN_TFTPD)!.path, ...flags, "-s", root];
  },
};

const atftpd: Contender = {
  name: "atftpd",
  version: () => findProgram(ATFTPD)?.version,
  command(root, { host, port, atOnce = USUAL }) {
    const flags = ["--daemon", "--no-fork", "--logfile", "/dev/null", "--user", "root.root"];
    const listen = ["--maxthread", `${atOnce}`, "--bind-address", host, "--port", `${port}`];
    return [findProgram(ATFTPD)!.path, ...flags, ...listen, root];
  },
};

const dnsmasq: Contender = {
  name: "dnsmasq",
  port69: true,
  version: () => findProgram(DNSMASQ)?.version,
  command(root, { host, atOnce = USUAL }) {
    const quiet = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"];
    const listen = ["--user=root", "--port=0", "--bind-interfaces", `--listen-address=${host}`];
    const serve = ["--enable-tftp", `--tftp-root=${root}`, "--quiet-tftp"];
    // Its largest block is bounded by its DNS buffer.
    const limits = [`--tftp-max=${atOnce}`, "--edns-packet-max=65464"];
    return [findProgram(DNSMASQ)!.path, ...quiet, ...listen, ...serve, ...limits];
  },
};

let pinServer: string | undefined;

/** Debian ships pin/tftp as source; the program around it is ours, a page long. */
const pin: Contender = {
  name: "pin/tftp",
  version() {
    const go = findProgram(GO);
    if (go) pinServer ??= buildGo("pin_server", go.path);
    return pinServer && debianVersion("golang-github-pin-tftp-dev");
  },
  command: (root, { host, port }) => [pinServer!, `${host}:${port}`, root],
};

const npmTftp: Contender = {
  name: "npm tftp",
  version: () => findProgram(NODE) && findPackage("tftp")?.version,
  command(root, { host, port }) {
    const script = path("../tests/interop/peers/npm_server.cjs");
    const { path: folder } = findPackage("tftp")!;
    return [findProgram(NODE)!.path, script, folder, host, `${port}`, root];
  },
};

const fbtftp: Contender = {
  name: "fbtftp",
  forks: true,
  version: () => debianVersion("python3-fbtftp"),
  command: (root, { host, port }) => [
    PYTHON,
    path("peers/fbtftp_server.py"),
    host,
    `${port}`,
    root,
  ],
};

/** What Deno's sockets allow: no peer, and nobody has to beat it. */
const floor: Contender = {
  name: FLOOR,
  version: () => Deno.version.deno,
  command(root, { host, port }) {
    const permissions = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write"];
    const settings = ["--quiet", "--unstable-net", "--no-config", ...permissions];
    return [
      Deno.execPath(),
      "run",
      ...settings,
      path("peers/floor_server.ts"),
      host,
      `${port}`,
      root,
    ];
  },
};

export const PEERS: readonly Contender[] = [floor, inTftpd, atftpd, dnsmasq, pin, npmTftp, fbtftp];

function path(relative: string): string {
  return fromFileUrl(new URL(relative, import.meta.url));
}

/** The version of a package that is a library and cannot say it itself. */
function debianVersion(name: string): string | undefined {
  try {
    const args = ["-W", "-f", "${Version}", name];
    const { success, stdout } = new Deno.Command("dpkg-query", { args, stderr: "null" })
      .outputSync();
    return success ? new TextDecoder().decode(stdout).replace(/-.*$/, "") : undefined;
  } catch {
    return undefined;
  }
}
