/** `tftp serve` in front of an origin, and what it tells clients and the log. */

import { assert, assertMatch } from "@std/assert";
import { type RunningServer, startServer } from "../process/cli.ts";
import { describe, RawClient, rrq, wrq } from "./raw_client.ts";
import { TEST_IO } from "./test_network.ts";
import { until } from "../sim/within.ts";

export class Gateway implements AsyncDisposable {
  readonly server: RunningServer;

  /** Starts it with these words behind `tftp serve`. */
  static async start(...args: string[]): Promise<Gateway> {
    return new Gateway(await startServer(["--io", TEST_IO, ...args]));
  }

  constructor(server: RunningServer) {
    this.server = server;
  }

  get port(): number {
    return this.server.port;
  }

  /** The answer to a client that requests a file, or offers one. */
  async answer(name: string, direction: "get" | "put" = "get"): Promise<string> {
    await using client = new RawClient();
    await client.send(direction === "get" ? rrq(name) : wrq(name), this.port);
    return describe(await client.next());
  }

  /** The file, block by block. */
  async fetch(name: string, options: Record<string, string | number> = {}): Promise<Uint8Array> {
    await using client = new RawClient();
    return await client.fetch(rrq(name, options), this.port);
  }

  /** The last line of the log that matches, once there is one; it must hold no secret. */
  async logged(pattern: RegExp): Promise<string> {
    const find = () => this.server.output().split("\n").findLast((line) => pattern.test(line));
    await until(() => find() !== undefined, `${pattern} in ${this.server.output()}`);
    return find()!;
  }

  /** The answer to a client, and the line of the log about it. */
  async refuses(name: string, told: string, logged: RegExp): Promise<void> {
    const answer = await this.answer(name);
    assert(answer === `ERROR ${told}`, `${name}: ${answer}, not ${told}`);
    const line = await this.logged(new RegExp(` get "${escaped(name)}" `));
    assertMatch(line, logged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop("SIGKILL");
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
