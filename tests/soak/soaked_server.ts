/** A server in a process of its own that tells what it holds. */

import { fromFileUrl } from "@std/path";
import { importMapArgs } from "../helpers/process/cli.ts";

/** The C library gives freed buffers back to the system, so that what is seen is what is held. */
const GIVE_BACK = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "65536",
  MALLOC_MMAP_THRESHOLD_: "16384",
};

/** What the server holds: figures by name. */
export type Held = Readonly<Record<string, number>>;

export class SoakedServer {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";

  private constructor(
    child: Deno.ChildProcess,
    lines: ReadableStreamDefaultReader<string>,
    port: number,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#writer = child.stdin.getWriter();
    this.port = port;
  }

  static async start(folder: string): Promise<SoakedServer> {
    const script = fromFileUrl(new URL("server.ts", import.meta.url));
    const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "-A",
        "--v8-flags=--expose-gc",
        "--config",
        config,
        ...importMapArgs(),
        script,
        folder,
      ],
      env: GIVE_BACK,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { port } = JSON.parse((await lines.read()).value ?? "{}");
    return new SoakedServer(child, lines, port);
  }

  async held(): Promise<Held> {
    await this.#writer.write(new TextEncoder().encode("?\n"));
    while (!this.#rest.includes("\n")) this.#rest += (await this.#lines.read()).value ?? "\n";
    const line = this.#rest;
    this.#rest = "";
    return JSON.parse(line);
  }

  /** Waits until no transfer is left, then tells what is. */
  async atRest(): Promise<Held> {
    for (;;) {
      const held = await this.held();
      if (held["transfers"] === 0) return held;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#child.status;
  }
}
