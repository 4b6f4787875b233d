/** npm's s3rver, an S3 server, on a free port of 127.0.0.1 over a folder of its own. */

import { join } from "@std/path";
import { leaveOut, missingAmong } from "../process/missing.ts";
import { findPackage } from "../process/peers.ts";
import { TempFolder } from "../files/temp_folder.ts";
import { freeTcpPort } from "./nginx.ts";
import { until } from "../sim/within.ts";

/** Whether it is not installed; in CI it has to be. */
export const LACKS_S3_SERVER = leaveOut(
  "buckets",
  missingAmong([{ name: "s3rver", find: () => findPackage("s3rver") }]),
)("s3rver");

export class S3Server implements AsyncDisposable {
  /** The only keys that it knows. */
  static readonly KEY = "S3RVER";
  static readonly SECRET = "S3RVER";
  readonly #port = freeTcpPort();
  readonly #folder = new TempFolder();
  readonly #child: Deno.ChildProcess;
  #said = "";
  readonly #listening: Promise<void>;

  /** Starts it with one bucket, and waits until it listens. */
  static async start(bucket: string): Promise<S3Server> {
    const server = new S3Server(bucket);
    await until(() => server.#said.includes("listening"), "the S3 server");
    return server;
  }

  private constructor(bucket: string) {
    const found = findPackage("s3rver");
    if (!found) {
      throw new Error("s3rver is missing: npm install --prefix .cache/peers s3rver@3.7.1");
    }
    const place = ["-d", this.#folder.path, "-a", "127.0.0.1", "-p", `${this.#port}`];
    this.#child = new Deno.Command("node", {
      args: [
        ...[join(found.path, "bin", "s3rver.js"), ...place],
        ...["--no-vhost-buckets", "--configure-bucket", bucket],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#listening = this.#listen();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await Promise.all([this.#child.status, this.#listening]);
    this.#folder[Symbol.dispose]();
  }

  async #listen(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
    }
  }
}
