/** A folder to run the command line in, with a real server or one that a test scripts. */

import { assertEquals } from "@std/assert";
import type { ServeOptions } from "../../../src/mod.ts";
import { type Finished, runCli } from "../process/cli.ts";
import { FakeServer } from "../net/fake_server.ts";
import { ServedFolder } from "./served_folder.ts";
import { TempFolder } from "./temp_folder.ts";

/** Beside a server that serves. */
export class ServedPlace implements AsyncDisposable {
  readonly served: ServedFolder;
  readonly here = new TempFolder();

  constructor(options: Partial<ServeOptions> = {}) {
    this.served = new ServedFolder({ uploads: "new", ...options });
  }

  get host(): string {
    return `127.0.0.1:${this.served.port}`;
  }

  get port(): string {
    return String(this.served.port);
  }

  run(args: string[], stdin?: string): Promise<Finished> {
    const input = stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) };
    return runCli(args, { cwd: this.here.path, ...input });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served[Symbol.asyncDispose]();
    this.here[Symbol.dispose]();
  }
}

/** Beside a server that a test scripts. */
export class FakePlace implements AsyncDisposable {
  readonly fake = new FakeServer();
  readonly here = new TempFolder();
  readonly host = `127.0.0.1:${this.fake.port}`;

  run(...args: string[]): Promise<Finished> {
    return runCli(args, { cwd: this.here.path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]();
    this.here[Symbol.dispose]();
  }
}

export function assertDone({ code, stderr }: Finished): void {
  assertEquals([code, stderr], [0, ""]);
}

/** The lines of standard output as JSON. */
export function objectsIn({ stdout }: Finished): Record<string, unknown>[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}
