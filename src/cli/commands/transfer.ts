/** The common part of `get` and `put`: runs transfers, one or several at once, and reports them. */

import { type ClientOptions, ServerMemory, type Step } from "../../client/client.ts";
import type { Network } from "../../engine/network.ts";
import { openNetwork } from "../../net/io.ts";
import { CLIENT_SETTINGS, type RemoteFile, type TransferSettings } from "../args/command.ts";
import { exitCodeOf, NO_ANSWER } from "../text/exit_code.ts";
import type { Instruments } from "./instruments.ts";
import { Interrupt } from "./interrupt.ts";
import type { Ending, Job, Moved } from "./job.ts";
import { failureObject, successObject } from "../text/json.ts";
import { checksumLine } from "../args/manifest.ts";
import { printError, printOut } from "./print.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import {
  agreementLine,
  completionLine,
  failureLines,
  stepLine,
  summaryLines,
  warningLine,
} from "../text/report.ts";
import { UsageError } from "../args/usage_error.ts";
import { wantedInstruments } from "./wanted_instruments.ts";

/**
 * Runs the jobs. A failed one does not stop the others; a signal does.
 *
 * @returns the exit code of the first one that failed, in order, or 0.
 */
export async function runJobs(jobs: readonly Job[], settings: TransferSettings): Promise<number> {
  return await new Batch(jobs, settings, await extrasOf(settings)).run();
}

/** The parts of a batch; most transfers do without the first two, so these are loaded late. */
interface Extras {
  readonly instruments: Instruments | undefined;
  readonly display: ProgressDisplay | undefined;
  readonly network: Network;
}

async function extrasOf(settings: TransferSettings): Promise<Extras> {
  const bare = await openNetwork(settings.io);
  const instruments = await wantedInstruments(settings);
  return {
    instruments,
    display: wantsProgress(settings)
      ? new (await import("./progress_display.ts")).ProgressDisplay()
      : undefined,
    network: instruments?.wrap(bare) ?? bare,
  };
}

/** Whether to show progress: by default only on a terminal where nothing else is drawn. */
function wantsProgress({ progress, volume, trace }: TransferSettings): boolean {
  if (progress !== "auto") return progress === "always";
  return volume !== "quiet" && !trace && Deno.stderr.isTerminal();
}

class Batch {
  readonly #jobs: readonly Job[];
  readonly #settings: TransferSettings;
  readonly #memory = new ServerMemory();
  readonly #instruments: Instruments | undefined;
  readonly #network: Network;
  readonly #display: ProgressDisplay | undefined;
  readonly #endings: (Ending | undefined)[];
  readonly #dallied: Promise<void>[] = [];
  readonly #warnings = new Map<Job, readonly string[]>();
  #next = 0;

  constructor(
    jobs: readonly Job[],
    settings: TransferSettings,
    { instruments, display, network }: Extras,
  ) {
    this.#jobs = jobs;
    this.#settings = settings;
    this.#endings = jobs.map(() => undefined);
    this.#instruments = instruments;
    this.#network = network;
    this.#display = display;
  }

  async run(): Promise<number> {
    const interrupt = new Interrupt();
    const startedMs = performance.now();
    interrupt.beforeExit = () => this.#display?.close();
    const workers = Math.min(this.#settings.jobs, this.#jobs.length);
    try {
      await Promise.all(Array.from({ length: workers }, () => this.#work(interrupt)));
      this.#display?.close();
      this.#summarize(performance.now() - startedMs);
      // A server that missed the last ACK asks for it again; the program stays that long.
      await Promise.all(this.#dallied);
    } finally {
      this.#display?.close();
      interrupt.close();
      await this.#instruments?.close();
    }
    return interrupt.exitCode ?? this.#exitCode();
  }

  /** Takes the next job as long as there is one. */
  async #work(interrupt: Interrupt): Promise<void> {
    while (this.#next < this.#jobs.length && interrupt.exitCode === undefined) {
      const at = this.#next++;
      const job = this.#jobs[at]!;
      if (this.#display) this.#display.waiting = this.#jobs.length - this.#next;
      const tracker = this.#display?.track(job.remote.filename);
      try {
        const options = this.#clientOptions(job, interrupt.signal, tracker);
        const moved = await job.run(options, (warning) => this.#warn(job, warning));
        this.#dallied.push(moved.summary.dallied);
        // The next file may need the same local port.
        if (this.#settings.localPorts) await moved.summary.dallied;
        this.#endings[at] = { job, moved };
      } catch (thrown) {
        this.#endings[at] = { job, error: asUsage(thrown) };
      }
      tracker?.end();
      this.#above(() => this.#tell(this.#endings[at]!, interrupt.exitCode));
    }
  }

  /** Only what the user has set; the client chooses the rest. */
  #clientOptions(
    { remote }: Job,
    signal: AbortSignal,
    tracker?: Pick<ClientOptions, "onProgress">,
  ): ClientOptions {
    const { host, port, mode } = remote;
    const chosen = CLIENT_SETTINGS.map((name) => [name, this.#settings[name]] as const)
      .filter(([, value]) => value !== undefined);
    return {
      ...{ host, port, mode, signal },
      ...(tracker?.onProgress ? { onProgress: tracker.onProgress } : {}),
      memory: this.#memory,
      network: this.#network,
      onStep: (step) => this.#step(remote, step),
      ...Object.fromEntries(chosen),
    };
  }

  #step(remote: RemoteFile, step: Step): void {
    const { volume, json } = this.#settings;
    if (volume !== "verbose") return;
    this.#above(() => (json ? printError : printOut)([stepLine(remote.filename, step)]));
  }

  #warn(job: Job, warning: string): void {
    this.#warnings.set(job, [...this.#warnings.get(job) ?? [], warning]);
    this.#above(() => printError([warningLine(job.remote.filename, warning)]));
  }

  /** `interruptCode` is the exit code of the signal that has come, if one has. */
  #tell(ending: Ending, interruptCode: number | undefined): void {
    const { json, volume, plain } = this.#settings;
    const { direction, remote, local } = ending.job;
    if (ending.moved) {
      const { moved } = ending;
      if (moved.summary.note !== undefined) {
        // Everything was sent, but the server has not confirmed the end.
        printError([`tftp: ${completionLine(moved.summary, local)}`]);
      }
      if (json) {
        printOut([
          JSON.stringify(successObject(ending.job, moved, this.#warnings.get(ending.job))),
        ]);
      } else this.#tellMoved(ending.job, moved);
      return;
    }
    const attempt = { direction, ...remote, plain: plain === true };
    const lines = failureLines(remote.filename, ending.error, attempt);
    printError(volume === "quiet" ? lines.slice(0, 1) : lines);
    if (json) printOut([JSON.stringify(failureObject(ending.job, ending.error, interruptCode))]);
  }

  #tellMoved({ direction, local }: Job, { summary, sha256 }: Moved): void {
    // Where stdout carries the file, reports go to stderr.
    const print = direction === "get" && local === "-" ? printError : printOut;
    const { volume } = this.#settings;
    if (volume !== "quiet" && summary.note === undefined) print([completionLine(summary, local)]);
    if (volume === "verbose") print([agreementLine(summary)]);
    if (this.#settings.checksum && sha256 !== undefined) print([checksumLine(sha256, local)]);
  }

  /** The summary of several files: how many there were, and which have failed. */
  #summarize(elapsedMs: number): void {
    const { volume, json } = this.#settings;
    const endings = this.#endings.filter((ending) => ending !== undefined);
    if (this.#jobs.length < 2 || volume === "quiet" || json) return;
    const { done, failed } = summaryLines(endings, { planned: this.#jobs.length, elapsedMs });
    const toStdout = this.#jobs.some(({ direction, local }) =>
      direction === "get" && local === "-"
    );
    this.#above(() => {
      (toStdout ? printError : printOut)(done);
      printError(failed);
    });
  }

  #exitCode(): number {
    for (const ending of this.#endings) {
      if (ending?.moved?.summary.note !== undefined) return NO_ANSWER;
      if (ending && !ending.moved) return exitCodeOf(ending.error);
    }
    return 0;
  }

  #above(print: () => void): void {
    if (this.#display) this.#display.above(print);
    else print();
  }
}

/** The only limit that is not known before: whether the name fits into a request. */
function asUsage(thrown: unknown): unknown {
  return thrown instanceof RangeError ? new UsageError(thrown.message) : thrown;
}
