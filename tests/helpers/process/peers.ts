/**
 * Finds other people's TFTP programs on this machine and runs their servers.
 *
 * A program is looked for in PATH, in the system's folders and then in `TFTP_PEERS`, a folder with
 * `usr/bin`, `usr/sbin` and `node_modules` inside (`.cache/peers` unless told).
 */

import { fromFileUrl, join } from "@std/path";

const READY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 50;
/** Linux gives ports from 32768 on to those who ask for any, other systems higher ones. */
const FIRST_PORT = 10_000;
const PORT_COUNT = 22_000;
const PORT_TRIES = 100;

/** A server of another make, answering. */
export interface RunningPeer {
  host: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/** Continuous integration installs every peer, so there a missing one is a failure. */
export function isCi(): boolean {
  return Deno.env.get("CI") === "true";
}

/** The folder that unpacked peers are in. */
export function peersFolder(): string {
  const told = Deno.env.get("TFTP_PEERS") ?? "";
  return told !== "" ? told : fromFileUrl(new URL("../../../.cache/peers", import.meta.url));
}

/** A program and how it shows that it is the one meant: two packages may share a name. */
export interface Program {
  name: string;
  /** The flag that makes it say its name and version. */
  flag: string;
  /** What it says then; the first group is the version. */
  says: RegExp;
}

/** A program that was found. */
export interface Found {
  path: string;
  version: string;
}

/** Where a program is, or undefined where it is not installed. */
export function findProgram(program: Program): Found | undefined {
  const path = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const system = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
  const unpacked = ["usr/bin", "usr/sbin"].map((folder) => join(peersFolder(), folder));
  for (const folder of [...path, ...system, ...unpacked]) {
    const candidate = join(folder, program.name);
    const version = isFile(candidate) ? whatItSays(candidate, program) : undefined;
    if (version !== undefined) return { path: candidate, version };
  }
  return undefined;
}

function whatItSays(path: string, { flag, says }: Program): string | undefined {
  const { stdout, stderr } = new Deno.Command(path, { args: [flag], stdin: "null" }).outputSync();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).match(says)?.[1];
}

/** The folder of an npm package among the peers, or undefined where it is not installed. */
export function findPackage(name: string): Found | undefined {
  const path = join(peersFolder(), "node_modules", name);
  const description = join(path, "package.json");
  if (!isFile(description)) return undefined;
  return { path, version: JSON.parse(Deno.readTextFileSync(description)).version };
}

/** Servers that change their user or take port 69 can only be run by root. */
export function isRoot(): boolean {
  return Deno.build.os !== "windows" && Deno.uid() === 0;
}

/**
 * A UDP port of 127.0.0.1 that nobody used a moment ago, for what has to be told one. No system
 * gives it to a program that asks for any port, so the other tests do not take it meanwhile.
 */
export function freePort(): number {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    try {
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`no free port among ${PORT_TRIES} from ${FIRST_PORT} on`);
}

/** Starts a daemon in the foreground and waits until it answers a request at `host` and `port`. */
export async function startDaemon(
  program: string,
  options: { args: string[]; host: string; port: number },
): Promise<RunningPeer> {
  const { args, host, port } = options;
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  let ended = false;
  const status = child.status.then(() => {
    ended = true;
  });
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    await Promise.all([status, complaints]);
  };
  if (await answers({ host, port }, () => ended)) return { host, port, pid: child.pid, stop };
  await stop();
  throw new Error(`${program} ${args.join(" ")} did not answer: ${await complaints}`);
}

/**
 * Asks for a file that does not exist until an answer comes: an ERROR ends the matter at once, so
 * asking leaves nothing behind. False when the patience ends or `gaveUp` says so first.
 */
async function answers(
  server: { host: string; port: number },
  gaveUp: () => boolean,
): Promise<boolean> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const request = new TextEncoder().encode("\0\x01is-anybody-there\0octet\0");
  const to = { transport: "udp", hostname: server.host, port: server.port } as const;
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  let ticker: ReturnType<typeof setInterval> | undefined;
  const silence = new Promise<boolean>((resolve) => {
    ticker = setInterval(() => {
      if (gaveUp() || performance.now() > giveUpAt) resolve(false);
      else socket.send(request, to).catch(() => resolve(false));
    }, ASK_EVERY_MS);
  });
  const answer = socket.receive().then(() => true, () => false);
  const answered = await Promise.race([answer, silence]);
  clearInterval(ticker);
  socket.close();
  await answer;
  return answered;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
