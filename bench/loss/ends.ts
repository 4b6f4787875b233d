/** Clients and servers that can be asked to move one file with given settings. */

import { fromFileUrl } from "@std/path";
import { get, openFileSink, openFileSource, put } from "../../src/mod.ts";
import { startServer } from "../../tests/helpers/process/cli.ts";
import { findProgram, type Program } from "../../tests/helpers/process/peers.ts";
import { findNpmTftp, NODE, PEER_SERVERS } from "../../tests/interop/servers.ts";

/** What is asked of a client. */
export interface Errand {
  readonly direction: "get" | "put";
  /** The server's port of 127.0.0.1. */
  readonly port: number;
  readonly blksize: number;
  readonly windowsize: number;
  readonly remote: string;
  /** Where the file is, or is to be. */
  readonly local: string;
}

export interface BenchClient {
  readonly name: string;
  /** Moves the file; the signal ends it early. Rejects when it fails. */
  move(errand: Errand, signal: AbortSignal): Promise<void>;
}

export interface BenchServer {
  readonly name: string;
  start(root: string): Promise<{ host: string; port: number; stop(): Promise<unknown> }>;
}

/** This client, in the process of the benchmark: the start of a runtime is not counted. */
const ourClient: BenchClient = {
  name: "ours",
  async move({ direction, port, blksize, windowsize, remote, local }, signal) {
    const options = { host: "127.0.0.1", port, blksize, windowsize, signal };
    if (direction === "put") await put(remote, openFileSource(local), options);
    else await get(remote, openFileSink(local, { overwrite: true }), options);
  },
};

const ourServer: BenchServer = {
  name: "ours",
  start: (root) => startServer([root, "--uploads", "overwrite", "--log", "error"]),
};

/** A client of others: a program and how it is called. */
interface Called {
  readonly name: string;
  readonly program: Program;
  args(errand: Errand): string[];
}

const CALLED: readonly Called[] = [
  {
    name: "tftp-hpa",
    program: { name: "tftp", flag: "-V", says: /^tftp-hpa ([\d.]+)/ },
    args: ({ direction, port, remote, local }) => {
      const names = direction === "get" ? [remote, local] : [local, remote];
      return ["-m", "octet", "127.0.0.1", `${port}`, "-c", direction, ...names];
    },
  },
  {
    name: "atftp",
    program: { name: "atftp", flag: "-V", says: /^atftp-([\d.]+)/ },
    args: ({ direction, port, blksize, windowsize, remote, local }) => {
      const window = windowsize > 1 ? ["--option", `windowsize ${windowsize}`] : [];
      const options = ["--option", `blksize ${blksize}`, ...window, "--option", "mode octet"];
      const operation = direction === "get" ? "-g" : "-p";
      return [...options, operation, "-r", remote, "-l", local, "127.0.0.1", `${port}`];
    },
  },
  {
    name: "curl",
    program: { name: "curl", flag: "--version", says: /^curl ([\d.]+).*\btftp\b/s },
    args: ({ direction, port, blksize, remote, local }) => {
      const operation = direction === "get" ? ["--output", local] : ["--upload-file", local];
      const url = `tftp://127.0.0.1:${port}/${remote};mode=octet`;
      return ["--silent", "--show-error", "--tftp-blksize", `${blksize}`, ...operation, url];
    },
  },
  {
    name: "busybox",
    program: { name: "busybox", flag: "--help", says: /^BusyBox v([\d.]+).* tftp,/s },
    args: ({ direction, port, blksize, remote, local }) => {
      const operation = direction === "get" ? "-g" : "-p";
      const names = ["-r", remote, "-l", local, "127.0.0.1", `${port}`];
      return ["tftp", "-b", `${blksize}`, operation, ...names];
    },
  },
];

function calledClient({ name, program, args }: Called): BenchClient | undefined {
  const found = findProgram(program);
  if (found === undefined) return undefined;
  return { name, move: (errand, signal) => call(found.path, { args: args(errand), signal }) };
}

function npmClient(): BenchClient | undefined {
  const [node, npm] = [findProgram(NODE), findNpmTftp()];
  if (node === undefined || npm === undefined) return undefined;
  const path = new URL("../../tests/interop/peers/npm_client.cjs", import.meta.url);
  return {
    name: "npm tftp",
    move({ blksize, windowsize, ...rest }, signal) {
      const job = { host: "127.0.0.1", blockSize: blksize, windowSize: windowsize, ...rest };
      const args = [fromFileUrl(path), npm.path, JSON.stringify(job)];
      return call(node.path, { args, signal });
    },
  };
}

async function call(
  program: string,
  { args, signal }: { args: string[]; signal: AbortSignal },
): Promise<void> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).spawn();
  const [{ code }, complaint] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
  ]);
  if (code !== 0) throw new Error(complaint.trim().split("\n").at(-1));
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Ours first, then the peers that are on this machine. */
export function findClients(): BenchClient[] {
  return [ourClient, ...CALLED.map(calledClient), npmClient()].filter(isThere);
}

export function findServers(): BenchServer[] {
  const peers = PEER_SERVERS.filter((server) => server.find() !== undefined);
  return [ourServer, ...peers];
}
