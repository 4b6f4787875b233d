/**
 * `--on-upload`: a program that runs after each complete upload. The last ACK does not wait for it;
 * its result is a line of the log.
 */

import { plainHostname } from "../../engine/address.ts";
import type { Naming } from "../../engine/handler.ts";
import { ServedRoot } from "../../files/served_root.ts";
import type { LogRecord, TransferRecord } from "../../server/log_record.ts";
import { namingFor, type ServePolicy } from "../../server/policy.ts";
import { duration, quoted } from "../text/format.ts";
import { splitLine } from "../args/shell_words.ts";
import { UsageError } from "../args/usage_error.ts";

/** Programs that run at once; further ones wait. */
const MAX_AT_ONCE = 4;

/** Uploads that wait for their program; for further ones it is not run, and the log says so. */
const MAX_WAITING = 1000;

/** A program that runs for longer is killed. */
const LIMIT_MS = 60_000;

/** At the end of the server all that wait and run have this long together. */
const END_LIMIT_MS = 60_000;

/** What was killed is gone after this time, or is left behind. */
const KILLED_MS = 1_000;

/** Of its errors the first line is logged, up to this length. */
const MAX_LINE = 200;

const PLACES = ["path", "name", "ip", "bytes"] as const;

export interface UploadHookSettings {
  /** The program and its arguments, as given. */
  readonly command: string;
  /** The served folder. */
  readonly root: string;
  /** The policy at the start. */
  readonly policy: Partial<ServePolicy>;
  log(record: LogRecord): void;
  /** How long the end may take, in milliseconds. @default {60000} */
  readonly endLimitMs?: number;
}

/** Splits the command into words. Throws `UsageError` for an invalid one. */
export function programOf(command: string): string {
  return wordsOf(command)[0]!;
}

function wordsOf(command: string): string[] {
  const words = splitLine(command);
  if (words.length === 0) throw new UsageError("--on-upload needs the name of a program");
  for (const [, place] of words.join(" ").matchAll(/\{([a-z.]+)\}/g)) {
    if (PLACES.some((name) => name === place)) continue;
    throw new UsageError(
      `--on-upload: {${place}} is not a placeholder; known are ${PLACES.join(", ")}`,
    );
  }
  return words;
}

/** An upload whose program is to run, and how its name was looked up. */
interface Uploaded {
  readonly record: TransferRecord;
  readonly policy: Partial<ServePolicy>;
}

export class UploadHook {
  readonly #settings: UploadHookSettings;
  readonly #words: readonly string[];
  readonly #folder: ServedRoot;
  #policy: Partial<ServePolicy>;
  /** The policy before that, for the uploads that began under it. */
  #before: Partial<ServePolicy>;
  #changedMs = -Infinity;
  readonly #waiting: Uploaded[] = [];
  /** Uploads whose program runs, each by what kills that. */
  readonly #running = new Map<AbortController, TransferRecord>();
  #whenIdle: (() => void) | undefined;

  constructor(settings: UploadHookSettings) {
    this.#settings = settings;
    const words = wordsOf(settings.command);
    this.#words = words.some((word) => word.includes("{path}")) ? words : [...words, "{path}"];
    this.#folder = new ServedRoot(settings.root);
    this.#policy = this.#before = settings.policy;
  }

  /** The server has a new policy, by which later uploads are stored. */
  reconfigure(policy: Partial<ServePolicy>): void {
    this.#before = this.#policy;
    this.#policy = policy;
    this.#changedMs = performance.now();
  }

  /** A log record of the server. */
  record(record: LogRecord): void {
    if (record.kind !== "transfer" || record.direction !== "put" || record.result !== "done") {
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      const message = `--on-upload was not run for ${quoted(record.filename)}: too many wait`;
      return this.#settings.log({ kind: "error", message });
    }
    const begunMs = performance.now() - record.elapsedMs;
    const policy = begunMs < this.#changedMs ? this.#before : this.#policy;
    this.#waiting.push({ record, policy });
    this.#runNext();
  }

  /**
   * Settles when nothing runs and nothing waits any more. After a minute in all, what waits is not
   * run, what runs is killed, and the log names each.
   */
  async close(): Promise<void> {
    const { endLimitMs = END_LIMIT_MS } = this.#settings;
    if (await this.#idle(endLimitMs)) return;
    for (const { record } of this.#waiting.splice(0)) {
      const limit = `the server ends, and ${duration(endLimitMs)} are over`;
      this.#logError(`${aboutOf(record).about} was not run: ${limit}`);
    }
    for (const killer of this.#running.keys()) killer.abort();
    if (await this.#idle(KILLED_MS)) return;
    for (const record of this.#running.values()) {
      this.#logError(`${aboutOf(record).about} was killed, and is not gone yet`);
    }
  }

  /** Whether it was idle within this time. */
  async #idle(limitMs: number): Promise<boolean> {
    if (this.#running.size === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#whenIdle = () => resolve(true);
    const timer = setTimeout(() => resolve(false), limitMs);
    const isIdle = await promise;
    clearTimeout(timer);
    return isIdle;
  }

  #runNext(): void {
    while (this.#running.size < MAX_AT_ONCE && this.#waiting.length > 0) {
      const killer = new AbortController();
      const uploaded = this.#waiting.shift()!;
      this.#running.set(killer, uploaded.record);
      this.#run(uploaded, killer.signal)
        .catch((error) => this.#logError(String(error)))
        .finally(() => {
          this.#running.delete(killer);
          this.#runNext();
          if (this.#running.size === 0) this.#whenIdle?.();
        });
    }
  }

  async #run({ record, policy }: Uploaded, killed: AbortSignal): Promise<void> {
    const { name, ip, about } = aboutOf(record);
    const path = this.#folder.pathOf(name, namingOf(policy, ip));
    if (path === undefined) return this.#logError(`${about} was not run: the file is gone`);
    const values = { path, name, ip, bytes: String(record.bytes) };
    const [program, ...args] = this.#words.map((word) =>
      word.replaceAll(/\{(path|name|ip|bytes)\}/g, (_, place: keyof typeof values) => values[place])
    );
    const begunMs = performance.now();
    const { code, signal, line } = await runBounded(program!, args, killed);
    const took = duration(performance.now() - begunMs);
    const said = line === "" ? "" : `: ${line}`;
    if (code === 0) {
      return this.#settings.log({ kind: "notice", message: `${about}: exit 0, ${took}` });
    }
    const how = signal === null ? `exit ${code}` : `killed by ${signal}`;
    this.#logError(`${about}: ${how}, ${took}${said}`);
  }

  #logError(message: string): void {
    this.#settings.log({ kind: "error", message });
  }
}

function namingOf(
  { ignoreCase = false, rootPerClient = false }: Partial<ServePolicy>,
  ip: string,
): Naming {
  return namingFor({ ignoreCase, rootPerClient } as ServePolicy, plainHostname(ip));
}

/** Whose upload it was, and what the log calls its program. */
function aboutOf(record: TransferRecord): { name: string; ip: string; about: string } {
  const name = record.rewritten ?? record.filename;
  const ip = record.client.replace(/^\[?(.*?)\]?:\d+$/, "$1");
  return { name, ip, about: `--on-upload for ${quoted(name)} of ${ip}` };
}

interface Ended {
  readonly code: number;
  readonly signal: string | null;
  /** The first line on its standard error. */
  readonly line: string;
}

async function runBounded(program: string, args: string[], killed: AbortSignal): Promise<Ended> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let isOver = false;
  const kill = () => {
    if (!isOver) child.kill("SIGKILL");
  };
  const timer = setTimeout(kill, LIMIT_MS);
  killed.addEventListener("abort", kill, { once: true });
  if (killed.aborted) kill();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const line = firstLine(reader);
  try {
    const { code, signal } = await child.status;
    isOver = true;
    // What it has left behind may hold its standard error open.
    const late = setTimeout(() => reader.cancel(), KILLED_MS / 2);
    const ended = { code, signal, line: await line };
    clearTimeout(late);
    return ended;
  } finally {
    clearTimeout(timer);
    killed.removeEventListener("abort", kill);
  }
}

/** The first line; the rest is read and forgotten, so that the program is not held up. */
async function firstLine(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    if (text.length < MAX_LINE && !text.includes("\n")) text += piece.value;
  }
  return text.split("\n")[0]!.slice(0, MAX_LINE);
}
