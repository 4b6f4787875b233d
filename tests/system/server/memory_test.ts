/**
 * Memory does not grow with the file: the peaks of client and server, both the real command line,
 * for a gibibyte against those for 128 MiB. The files are sparse, and what is fetched goes nowhere.
 */

import { assert, assertEquals } from "@std/assert";
import { cliArgs, run } from "../../helpers/process/cli.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

/** Enough for V8 to have compiled what runs often, which takes memory too. */
const SMALL_BYTES = 128 * 2 ** 20;
const LARGE_BYTES = 2 ** 30;
const MAX_GROWTH_KB = 24 * 1024;

/**
 * One transfer in seven takes 25 to 50 MB more than others of its size, by when V8 collects what is
 * no longer used. What grows with the file does so in each of them.
 */
const TRIES = 4;

const SAMPLE_MS = 20;
const QUICK = ["-q", "-b", "65464", "-w", "2"];

/** A program of the command line whose memory is looked at again and again while it runs. */
class Watched {
  /** Kilobytes at the highest so far. */
  peakKb = 0;
  readonly #child: Deno.ChildProcess;
  readonly #timer: ReturnType<typeof setInterval>;
  #sampling = Promise.resolve();
  #drained = Promise.resolve();

  constructor(args: string[], stdout: "null" | "piped") {
    const options = { args: cliArgs(args), stdin: "null", stderr: "inherit", stdout } as const;
    this.#child = new Deno.Command(Deno.execPath(), options).spawn();
    this.#timer = setInterval(() => {
      this.#sampling = this.#sampling.then(() => this.#sample());
    }, SAMPLE_MS);
  }

  /** What the program says before anything else. */
  async greeting(): Promise<string> {
    const reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    // The rest is read too: a program whose words nobody takes would wait, or end.
    this.#drained = (async () => {
      while (!(await reader.read()).done);
    })();
    return value;
  }

  /** Waits for the end, or brings it about; returns the exit code. */
  async end(signal?: Deno.Signal): Promise<number> {
    if (signal) this.#child.kill(signal);
    const { code } = await this.#child.status;
    clearInterval(this.#timer);
    await this.#sampling;
    await this.#drained;
    return code;
  }

  async #sample(): Promise<void> {
    // By a program: Deno shows /proc to nobody who has not every permission. One that has ended
    // keeps the last peak seen.
    const { stdout } = await run("cat", { args: [`/proc/${this.#child.pid}/status`] });
    const peak = /VmHWM:\s*(\d+) kB/.exec(stdout);
    if (peak) this.peakKb = Math.max(this.peakKb, Number(peak[1]));
  }
}

interface Peaks {
  readonly client: number;
  readonly server: number;
}

/** Moves a sparse file with both ends as processes of their own. */
async function peaksFor(direction: "get" | "put", bytes: number): Promise<Peaks> {
  using root = new TempFolder();
  using here = new TempFolder();
  const file = (direction === "get" ? root : here).write("file", "");
  await Deno.truncate(file, bytes);
  const serve = ["serve", "-p", "0", "-a", "127.0.0.1", "--uploads", "new", root.path];
  const server = new Watched(serve, "piped");
  try {
    const port = / on \S+:(\d+) /.exec(await server.greeting())?.[1];
    const what = direction === "get" ? ["-o", "/dev/null"] : ["-n", "copy"];
    const name = direction === "get" ? "file" : file;
    const args = [direction, ...QUICK, ...what, `127.0.0.1:${port}`, name];
    const client = new Watched(args, "null");
    assertEquals(await client.end(), 0);
    if (direction === "put") assertEquals((await Deno.stat(root.at("copy"))).size, bytes);
    return { client: client.peakKb, server: server.peakKb };
  } finally {
    await server.end("SIGTERM");
  }
}

function isSmall({ client, server }: Peaks): boolean {
  return client < MAX_GROWTH_KB && server < MAX_GROWTH_KB;
}

for (const direction of ["get", "put"] as const) {
  Deno.test({
    name: `tftp ${direction} of a gibibyte takes no more memory than that of 128 MiB`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const small = await peaksFor(direction, SMALL_BYTES);
      const growth = { client: Infinity, server: Infinity };
      for (let tries = 0; tries < TRIES && !isSmall(growth); tries++) {
        const large = await peaksFor(direction, LARGE_BYTES);
        for (const end of ["client", "server"] as const) {
          assert(small[end] > 0 && large[end] > 0, `the memory of the ${end} was never seen`);
          growth[end] = Math.min(growth[end], large[end] - small[end]);
        }
      }
      const { client, server } = growth;
      assert(isSmall(growth), `a gibibyte took ${client} kB (client), ${server} kB (server) more`);
    },
  });
}
