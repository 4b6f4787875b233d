/** The servers of other makes that our client is tried against. */

import { fromFileUrl } from "@std/path";
import {
  findPackage,
  findProgram,
  type Found,
  freePort,
  type Program,
  type RunningPeer,
  startDaemon,
} from "../helpers/process/peers.ts";
import type { Abilities } from "./matrix.ts";

/** A server and how to run it over a folder. */
export interface PeerServer extends Abilities {
  start(root: string): Promise<RunningPeer>;
  /** What a client says of a failure that is this peer's own fault: then a row is tried again. */
  ownFailure?: RegExp;
}

const LOOPBACK = "127.0.0.1";

// atftpd's package has an in.tftpd of its own, and many programs are called tftp.
const IN_TFTPD: Program = { name: "in.tftpd", flag: "-V", says: /^tftp-hpa ([\d.]+)/ };
const ATFTPD: Program = { name: "atftpd", flag: "-V", says: /^atftp-([\d.]+)/ };
const DNSMASQ: Program = {
  name: "dnsmasq",
  flag: "--version",
  says: /^Dnsmasq version ([\d.]+).* TFTP /s,
};
export const NODE: Program = { name: "node", flag: "--version", says: /^v([\d.]+)/ };

const inTftpd: PeerServer = {
  name: "in.tftpd",
  directions: ["get", "put"],
  modes: ["octet", "netascii"],
  settings: ["defaults", "plain", "blksize 1428", "blksize 65464"],
  wraps: ["plain"],
  notes: [
    { setting: "windowsize 8", text: "in.tftpd 5.2 has no windowsize." },
  ],
  find: () => findProgram(IN_TFTPD),
  needsRoot: true,
  start(root) {
    const port = freePort();
    const address = `${LOOPBACK}:${port}`;
    const args = ["-L", "-c", "-p", "-u", "root", "--address", address, "-s", root];
    return startDaemon(pathOf(findProgram(IN_TFTPD)), { args, host: LOOPBACK, port });
  },
};

const atftpd: PeerServer = {
  name: "atftpd",
  directions: ["get", "put"],
  modes: ["octet", "netascii"],
  settings: ["defaults", "plain", "blksize 1428", "blksize 65464", "windowsize 8"],
  wraps: ["plain", "windowsize 8"],
  notes: [],
  find: () => findProgram(ATFTPD),
  needsRoot: true,
  start(root) {
    const port = freePort();
    const foreground = ["--daemon", "--no-fork", "--logfile", "-", "--user", "root.root"];
    const args = [...foreground, "--bind-address", LOOPBACK, "--port", `${port}`, root];
    return startDaemon(pathOf(findProgram(ATFTPD)), { args, host: LOOPBACK, port });
  },
};

const dnsmasq: PeerServer = {
  name: "dnsmasq",
  directions: ["get"],
  modes: ["octet", "netascii"],
  settings: ["defaults", "plain", "blksize 1428", "blksize 65464"],
  wraps: ["plain"],
  notes: [
    { direction: "put", text: "dnsmasq serves read only." },
    { direction: "get", setting: "windowsize 8", text: "dnsmasq 2.90 has no windowsize." },
    {
      direction: "get",
      mode: "netascii",
      text: "dnsmasq sends a CR as it is, where netascii has CR NUL; our client keeps such a CR.",
    },
  ],
  find: () => findProgram(DNSMASQ),
  needsRoot: true,
  start(root) {
    // It knows port 69 only, so it gets a loopback address of its own.
    const part = () => 1 + Math.floor(Math.random() * 254);
    const host = `127.${part()}.${part()}.${part()}`;
    const quiet = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"];
    const listen = ["--port=0", "--bind-interfaces", `--listen-address=${host}`];
    // Its largest block is bounded by its DNS buffer, which is set by edns-packet-max.
    const serve = ["--enable-tftp", `--tftp-root=${root}`, "--edns-packet-max=65464"];
    const args = [...quiet, "--user=root", ...listen, ...serve];
    return startDaemon(pathOf(findProgram(DNSMASQ)), { args, host, port: 69 });
  },
};

const npmServer: PeerServer = {
  name: "npm tftp",
  directions: ["get", "put"],
  modes: ["octet"],
  settings: ["defaults", "plain", "blksize 1428", "blksize 65464", "windowsize 8"],
  wraps: ["plain", "windowsize 8"],
  // It ends a transfer when an ACK comes twice, and a client repeats one when the machine is busy.
  ownFailure: /cb is not a function|no program listens on that port/,
  notes: [
    { mode: "netascii", text: "npm tftp takes the mode but translates nothing." },
  ],
  find: findNpmTftp,
  start(root) {
    const port = freePort();
    const script = fromFileUrl(new URL("peers/npm_server.cjs", import.meta.url));
    const args = [script, pathOf(findNpmTftp()), LOOPBACK, `${port}`, root];
    return startDaemon(pathOf(findProgram(NODE)), { args, host: LOOPBACK, port });
  },
};

export const PEER_SERVERS: readonly PeerServer[] = [inTftpd, atftpd, dnsmasq, npmServer];

/** Where npm's `tftp` is, or undefined where it or the Node it needs is not installed. */
export function findNpmTftp(): Found | undefined {
  return findProgram(NODE) === undefined ? undefined : findPackage("tftp");
}

/** The path of something that is there, since its row is being tried. */
export function pathOf(found: Found | undefined): string {
  if (found === undefined) throw new Error("a peer that is not installed was to be run");
  return found.path;
}
