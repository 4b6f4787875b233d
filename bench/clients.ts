/** The clients to measure, and their commands for one file. */

import { fromFileUrl } from "@std/path";
import { findPackage, findProgram, type Program } from "../tests/helpers/process/peers.ts";
import { NATIVE, OURS } from "./bars.ts";
import { libcPath, nativeClientCommand, ourCommand } from "./ours.ts";

export interface Errand {
  direction: "get" | "put";
  host: string;
  port: number;
  remote: string;
  local: string;
  /** Blocks of 1468 bytes in windows of 16, instead of what the client does when told nothing. */
  windows: boolean;
}

export interface Client {
  name: string;
  /** Whether it has `windowsize`. */
  windows: boolean;
  version(): string | undefined;
  command(errand: Errand): string[];
}

const TFTP_HPA: Program = { name: "tftp", flag: "-V", says: /^tftp-hpa ([\d.]+)/ };
const ATFTP: Program = { name: "atftp", flag: "-V", says: /^atftp-([\d.]+)/ };
const CURL: Program = { name: "curl", flag: "--version", says: /^curl ([\d.]+).*\btftp\b/s };
const BUSYBOX: Program = { name: "busybox", flag: "--help", says: /^BusyBox v([\d.]+).* tftp,/s };
const NODE: Program = { name: "node", flag: "--version", says: /^v([\d.]+)/ };

/** This project's client on the sockets of Deno, from the checkout in `tree`. */
export function ourClient(tree: string, name: string = OURS): Client {
  return {
    name,
    windows: true,
    version: () => "",
    command: (errand) => ourCommand(tree, argsOf(errand)),
  };
}

/** The same on native sockets. */
export function ourNativeClient(tree: string): Client {
  return {
    name: NATIVE,
    windows: true,
    version: () => libcPath() && "",
    command: (errand) => nativeClientCommand(tree, errand.local, argsOf(errand)),
  };
}

function argsOf({ direction, host, port, remote, local, windows }: Errand): string[] {
  const asked = windows ? ["--blksize", "1468", "--windowsize", "16"] : [];
  const names = direction === "get" ? ["-o", local] : ["-n", remote];
  const args = [direction, "--quiet", ...asked, ...names, `${host}:${port}`];
  return [...args, direction === "get" ? remote : local];
}

const tftpHpa: Client = {
  name: "tftp-hpa",
  windows: false,
  version: () => findProgram(TFTP_HPA)?.version,
  command({ direction, host, port, remote, local }) {
    const names = direction === "get" ? [remote, local] : [local, remote];
    const { path } = findProgram(TFTP_HPA)!;
    return [path, "-m", "octet", host, `${port}`, "-c", direction, ...names];
  },
};

const atftp: Client = {
  name: "atftp",
  windows: true,
  version: () => findProgram(ATFTP)?.version,
  command({ direction, host, port, remote, local, windows }) {
    const asked = windows ? ["--option", "blksize 1468", "--option", "windowsize 16"] : [];
    const operation = direction === "get" ? "-g" : "-p";
    const { path } = findProgram(ATFTP)!;
    return [path, ...asked, operation, "-r", remote, "-l", local, host, `${port}`];
  },
};

const busybox: Client = {
  name: "busybox",
  windows: false,
  version: () => findProgram(BUSYBOX)?.version,
  command({ direction, host, port, remote, local }) {
    const operation = direction === "get" ? "-g" : "-p";
    const { path } = findProgram(BUSYBOX)!;
    return [path, "tftp", operation, "-r", remote, "-l", local, host, `${port}`];
  },
};

const curl: Client = {
  name: "curl",
  windows: false,
  version: () => findProgram(CURL)?.version,
  command({ direction, host, port, remote, local }) {
    const operation = direction === "get" ? ["--output", local] : ["--upload-file", local];
    return [findProgram(CURL)!.path, "--silent", ...operation, `tftp://${host}:${port}/${remote}`];
  },
};

const npmTftp: Client = {
  name: "npm tftp",
  windows: true,
  version: () => findProgram(NODE) && findPackage("tftp")?.version,
  command({ windows, ...rest }) {
    const script = fromFileUrl(
      new URL("../tests/interop/peers/npm_client.cjs", import.meta.url),
    );
    const job = { ...rest, ...(windows ? { blockSize: 1468, windowSize: 16 } : {}) };
    return [findProgram(NODE)!.path, script, findPackage("tftp")!.path, JSON.stringify(job)];
  },
};

export const PEER_CLIENTS: readonly Client[] = [tftpHpa, atftp, busybox, curl, npmTftp];
