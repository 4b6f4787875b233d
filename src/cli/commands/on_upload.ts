/**
 * `--on-upload`: a program that is run after an upload is complete. Its last ACK does not wait for
 * that; what came of it is a line of the log.
 */

import { plainHostname } from "../../engine/address.ts";
import { ServedRoot } from "../../files/served_root.ts";
import type { LogRecord, TransferRecord } from "../../server/log_record.ts";
import { namingFor, type ServePolicy } from "../../server/policy.ts";
import { duration, quoted } from "../text/format.ts";
import { splitLine } from "../args/shell_words.ts";
import { UsageError } from "../args/usage_error.ts";

/** Programs that run at once; the others wait. */
const MAX_AT_ONCE = 4;

/** Uploads that wait for their program; for more than that it is not run, and the log says so. */
const MAX_WAITING = 1000;

/** A program that runs for longer is killed. */
const LIMIT_MS = 60_000;

/** Of its errors the first line is logged, up to this length. */
const MAX_LINE = 200;

const PLACES = ["path", "name", "ip", "bytes"] as const;

export interface UploadHookSettings {
  /** The program and its arguments, as they were given. */
  readonly command: string;
  /** The served folder. */
  readonly root: string;
  readonly policy: Partial<ServePolicy>;
  log(record: LogRecord): void;
}

/** The program of a command. Throws `UsageError` for words that can't be meant. */
export function programOf(command: string): string {
  return wordsOf(command)[0]!;
}

function wordsOf(command: string): string[] {
  const words = splitLine(command);
  if (words.length === 0) throw new UsageError("--on-upload needs the name of a program");
  for (const [, place] of words.join(" ").matchAll(/\{([a-z.]+)\}/g)) {
    if (PLACES.some((name) => name === place)) continue;
    throw new UsageError(`--on-upload: {${place}} means nothing; names are ${PLACES.join(", ")}`);
  }
  return words;
}

export class UploadHook {
  readonly #settings: UploadHookSettings;
  readonly #words: readonly string[];
  readonly #folder: ServedRoot;
  readonly #waiting: TransferRecord[] = [];
  #running = 0;
  #whenIdle: (() => void) | undefined;

  constructor(settings: UploadHookSettings) {
    this.#settings = settings;
    const words = wordsOf(settings.command);
    this.#words = words.some((word) => word.includes("{path}")) ? words : [...words, "{path}"];
    this.#folder = new ServedRoot(settings.root);
  }

  /** Something has happened at the server. */
  hear(record: LogRecord): void {
    if (record.kind !== "transfer" || record.direction !== "put" || record.result !== "done") {
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      const message = `--on-upload was not run for ${quoted(record.filename)}: too many wait`;
      return this.#settings.log({ kind: "error", message });
    }
    this.#waiting.push(record);
    this.#runNext();
  }

  /** Settles when nothing runs and nothing waits any more; each takes a minute at most. */
  async close(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle = resolve);
  }

  #runNext(): void {
    while (this.#running < MAX_AT_ONCE && this.#waiting.length > 0) {
      this.#running++;
      this.#run(this.#waiting.shift()!).catch((error) => this.#trouble(String(error))).finally(
        () => {
          this.#running--;
          this.#runNext();
          if (this.#running === 0) this.#whenIdle?.();
        },
      );
    }
  }

  async #run(record: TransferRecord): Promise<void> {
    const name = record.rewritten ?? record.filename;
    const ip = record.client.replace(/^\[?(.*?)\]?:\d+$/, "$1");
    const path = this.#pathOf(name, ip);
    const about = `--on-upload for ${quoted(name)} of ${ip}`;
    if (path === undefined) return this.#trouble(`${about} was not run: the file is gone`);
    const values = { path, name, ip, bytes: String(record.bytes) };
    const [program, ...args] = this.#words.map((word) =>
      word.replaceAll(/\{(path|name|ip|bytes)\}/g, (_, place: keyof typeof values) => values[place])
    );
    const begunMs = performance.now();
    const { code, signal, line } = await runBounded(program!, args);
    const took = duration(performance.now() - begunMs);
    const said = line === "" ? "" : `: ${line}`;
    if (code === 0) {
      return this.#settings.log({ kind: "notice", message: `${about}: exit 0, ${took}` });
    }
    const how = signal === null ? `exit ${code}` : `killed by ${signal}`;
    this.#trouble(`${about}: ${how}, ${took}${said}`);
  }

  #pathOf(name: string, ip: string): string | undefined {
    const { ignoreCase = false, rootPerClient = false } = this.#settings.policy;
    const policy = { ignoreCase, rootPerClient } as ServePolicy;
    return this.#folder.pathOf(name, namingFor(policy, plainHostname(ip)));
  }

  #trouble(message: string): void {
    this.#settings.log({ kind: "error", message });
  }
}

interface Ended {
  readonly code: number;
  readonly signal: string | null;
  /** The first line on its standard error. */
  readonly line: string;
}

async function runBounded(program: string, args: string[]): Promise<Ended> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  try {
    const [line, { code, signal }] = await Promise.all([firstLine(child.stderr), child.status]);
    return { code, signal, line };
  } finally {
    clearTimeout(timer);
  }
}

/** The first line; the rest is read and forgotten, so that the program is not held up. */
async function firstLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < MAX_LINE && !text.includes("\n")) text += piece;
  }
  return text.split("\n")[0]!.slice(0, MAX_LINE);
}
