/** A `tftp serve --http` as a subprocess, and what its HTTP port tells. */

import type { StatusDocument } from "../../../src/watch/status.ts";
import {
  cliArgs,
  type Finished,
  type RunningServer,
  startProgram,
  startServer,
} from "../process/cli.ts";
import { within } from "../sim/within.ts";

const POLL_MS = 50;
const PATIENCE_MS = 15_000;

export interface WatchedServer extends RunningServer {
  /** Such as `http://127.0.0.1:40001/`. */
  readonly url: string;
}

/** Starts it, on a free HTTP port unless `http` names one, and waits for both of its lines. */
export async function startWatched(args: string[], http = "0"): Promise<WatchedServer> {
  return await watched(await startServer(["--http", http, ...args]));
}

/** Starts it with a limit of open descriptors. */
export async function startWatchedWithin(limit: number, args: string[]): Promise<WatchedServer> {
  const words = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", "--http", "0", ...args]);
  const script = `ulimit -n ${limit}; exec "$@"`;
  return await watched(
    await startProgram("sh", { args: ["-c", script, "sh", Deno.execPath(), ...words] }),
  );
}

async function watched(server: RunningServer): Promise<WatchedServer> {
  const said = await eventually(
    () => Promise.resolve(/see what it does at (http:\S+)/.exec(server.output())),
    (found) => found !== null,
    "the line that says where to look",
  ).catch(async (error) => {
    const { stdout, stderr } = await server.stop("SIGKILL");
    throw new Error(`${error.message}: ${stdout}${stderr}`);
  });
  return { ...server, url: said![1]! };
}

/** Runs something with such a server, and stops it. */
export async function withWatched(
  args: string[],
  use: (server: WatchedServer) => Promise<void>,
): Promise<Finished> {
  const server = await startWatched(args);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
  return await server.stop();
}

/** What it tells at a path, as text. */
export async function textAt(url: string, path: string): Promise<string> {
  const response = await fetch(new URL(path, url));
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

export async function statusAt(url: string): Promise<StatusDocument> {
  return JSON.parse(await textAt(url, "api/status"));
}

/** Looks at the status until it is as wanted. */
export function statusWhen(
  url: string,
  wanted: (status: StatusDocument) => boolean,
  what: string,
): Promise<StatusDocument> {
  return eventually(() => statusAt(url), wanted, what);
}

/** Looks again and again. */
export async function eventually<T>(
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  what: string,
): Promise<T> {
  const lateMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await within(look(), what);
    if (wanted(seen)) return seen;
    if (performance.now() > lateMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
