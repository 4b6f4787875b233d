/** Network namespaces: networks that exist for a test, apart from the machine's own. */

import { run } from "../helpers/process/cli.ts";
import { within } from "../helpers/sim/within.ts";

/** A program that runs until it is disposed. */
export interface Daemon extends AsyncDisposable {
  /** What it has printed so far. */
  log(): string;
}

export class Namespace implements AsyncDisposable {
  readonly #keeper: Deno.ChildProcess;

  private constructor(keeper: Deno.ChildProcess) {
    this.#keeper = keeper;
  }

  /** Makes one, and sets it up by lines of shell. Throws where that fails; it takes root. */
  static async start(setUp: string): Promise<Namespace> {
    const keeper = new Deno.Command("unshare", {
      // It lasts as long as the shell, which lasts as long as its standard input is open.
      args: ["--net", "sh", "-c", `set -e\nip link set lo up\n${setUp}\necho ready\ncat\n`],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = keeper.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    const namespace = new Namespace(keeper);
    if (value !== undefined) return namespace;
    await namespace[Symbol.asyncDispose]();
    throw new Error("no network namespace can be set up: see above");
  }

  /** What `ip link` calls it. */
  get pid(): string {
    return `${this.#keeper.pid}`;
  }

  /** The program and arguments that run a program in it. */
  command(words: readonly string[]): [program: string, args: string[]] {
    return ["nsenter", ["--target", this.pid, "--net", ...words]];
  }

  /** Runs a line of shell in it that must succeed. */
  async must(line: string): Promise<void> {
    const [program, args] = this.command(["sh", "-c", line]);
    const { code, stderr } = await run(program, { args });
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
  }

  /** Starts a program that stays in the foreground, and waits until it prints that it is ready. */
  async daemon(words: readonly string[], ready: RegExp): Promise<Daemon> {
    const [program, args] = this.command(words);
    const child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let log = "";
    const isReady = Promise.withResolvers<void>();
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        log += decoder.decode(chunk, { stream: true });
        if (ready.test(log)) isReady.resolve();
      }
    };
    let ended = false;
    const end = Promise.all([child.status, collect(child.stdout), collect(child.stderr)])
      .then(() => {
        ended = true;
        isReady.reject(new Error(`${words.join(" ")} has ended: ${log}`));
      });
    const stop = async () => {
      if (!ended) child.kill("SIGTERM");
      await end;
    };
    try {
      await within(isReady.promise, `the start of ${words[0]}`);
    } catch (error) {
      await stop();
      throw error;
    }
    return { log: () => log, [Symbol.asyncDispose]: stop };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where the set-up failed, the shell has closed its end already.
    await this.#keeper.stdin.close().catch(() => {});
    await this.#keeper.stdout.cancel();
    await this.#keeper.status;
  }
}
