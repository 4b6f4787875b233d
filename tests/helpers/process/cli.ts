/**
 * Runs the real command line as a subprocess, the way a person would.
 *
 * `Deno.execPath()` is the program itself and not a wrapper, so a signal sent to the child reaches
 * the code under test.
 */

import { fromFileUrl } from "@std/path";
import { IO_PERMISSIONS } from "../net/test_network.ts";

const ROOT = new URL("../../../", import.meta.url);
const MAIN = fromFileUrl(new URL("main.ts", ROOT));
const CONFIG = fromFileUrl(new URL("deno.json", ROOT));

const READY_LINE = / on (\S+):(\d+)\D/;
const READY_WITHIN_MS = 20_000;
const RUN_WITHIN_MS = 120_000;

/** The result of a finished subprocess. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** A `tftp serve` that has said where it listens. */
export interface RunningServer {
  host: string;
  port: number;
  /** Everything it has printed so far, stdout and stderr together. */
  output(): string;
  /** Sends a signal, and does not wait for what it does. */
  signal(signal: Deno.Signal): void;
  /** Waits for an end that was brought about before: a second signal could cut it short. */
  ended(): Promise<Finished>;
  /** Sends SIGTERM (or the signal given) and waits for the end. */
  stop(signal?: Deno.Signal): Promise<Finished>;
}

/**
 * The arguments that put the offline adapters in place of the registry's packages. The tasks say
 * by `TFTP_IMPORT_MAP`, a path from the project's folder, whether they are needed.
 */
export function importMapArgs(): string[] {
  const map = Deno.env.get("TFTP_IMPORT_MAP") ?? "";
  return map === "" ? [] : ["--import-map", fromFileUrl(new URL(map, ROOT))];
}

const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  ...IO_PERMISSIONS,
];

/** The arguments for `Deno.execPath()` that run the command line with `args`. */
export function cliArgs(args: string[], permissions = PERMISSIONS): string[] {
  return ["run", "--quiet", "--config", CONFIG, ...importMapArgs(), ...permissions, MAIN, ...args];
}

/** Runs the command line to its end. `stdin` is what it reads; without it, nothing. */
export function runCli(
  args: string[],
  options: { cwd?: string; stdin?: Uint8Array } = {},
): Promise<Finished> {
  return run(Deno.execPath(), { ...options, args: cliArgs(args) });
}

/** The same with other permissions, and with Deno's prompts. */
export function runBare(
  args: string[],
  { cwd, permissions }: { cwd: string; permissions: string[] },
): Promise<Finished> {
  return run(Deno.execPath(), { cwd, args: cliArgs(args, permissions) });
}

/** Runs any program to its end; one that does not end in two minutes is killed. */
export async function run(
  program: string,
  options: { args: string[]; cwd?: string; stdin?: Uint8Array },
): Promise<Finished> {
  const child = new Deno.Command(program, {
    args: options.args,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { NO_COLOR: "1" },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const killer = setTimeout(() => child.kill("SIGKILL"), RUN_WITHIN_MS);
  try {
    if (options.stdin !== undefined) await feed(child, options.stdin);
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    clearTimeout(killer);
  }
}

/**
 * Starts `tftp serve` on a free port of 127.0.0.1 with `args` behind it, the folder among them,
 * and waits for the line that says it is ready. Throws with its output if it ends or stays silent.
 */
export function startServer(args: string[]): Promise<RunningServer> {
  return startProgram(Deno.execPath(), {
    args: cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", ...args]),
  });
}

/** Starts a program that says where it listens as `tftp serve` does, and waits for that line. */
export async function startProgram(
  program: string,
  { args, cwd, env = {}, readyWithinMs = READY_WITHIN_MS }: {
    args: string[];
    cwd?: string;
    env?: Record<string, string>;
    readyWithinMs?: number;
  },
): Promise<RunningServer> {
  const child = new Deno.Command(program, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = listen(child.stdout);
  const stderr = listen(child.stderr);
  const output = () => stdout.text() + stderr.text();
  const ended = async () => {
    const [{ code }] = await Promise.all([child.status, stdout.ended, stderr.ended]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };
  const stop = async (signal: Deno.Signal = "SIGTERM") => {
    try {
      child.kill(signal);
    } catch (error) {
      // A server that has ended by itself needs no signal; its exit code tells the rest.
      if (!(error instanceof TypeError)) throw error;
    }
    return await ended();
  };
  const signal = (signal: Deno.Signal) => child.kill(signal);
  const ready = await firstMatch([stdout, stderr], READY_LINE, readyWithinMs);
  if (ready === undefined) {
    const { code } = await stop("SIGKILL");
    throw new Error(`the server under test did not get ready (exit code ${code}): ${output()}`);
  }
  return { host: ready[1] ?? "", port: Number(ready[2]), output, ended, stop, signal };
}

async function feed(child: Deno.ChildProcess, bytes: Uint8Array): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(bytes.slice());
    await writer.close();
  } catch (error) {
    // A program that ends without reading its input is what some tests are about.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** What a stream has said so far, and how to hear of more. */
interface Listener {
  text(): string;
  ended: Promise<void>;
  onText(callback: () => void): void;
}

function listen(stream: ReadableStream<Uint8Array>): Listener {
  let text = "";
  let notify = () => {};
  const collect = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      notify();
    }
  };
  return { text: () => text, ended: collect(), onText: (callback) => notify = callback };
}

/** The first match in either stream, or undefined when both end or the patience does. */
function firstMatch(
  streams: Listener[],
  pattern: RegExp,
  withinMs: number,
): Promise<RegExpMatchArray | undefined> {
  return new Promise((resolve) => {
    const settle = (match: RegExpMatchArray | undefined) => {
      clearTimeout(timer);
      resolve(match);
    };
    const timer = setTimeout(() => settle(undefined), withinMs);
    for (const stream of streams) {
      stream.onText(() => {
        const match = stream.text().match(pattern);
        if (match !== null) settle(match);
      });
    }
    Promise.all(streams.map((stream) => stream.ended)).then(() => settle(undefined));
  });
}
