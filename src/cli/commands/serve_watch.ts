/** `tftp serve --http`: shows browsers, Prometheus and `tftp status` what the server does. */

import { listenHttp } from "../../net/http_listener.ts";
import type { HttpListener } from "../../net/http_listener.ts";
import type { Server, Watching } from "../../server/server.ts";
import type { LogRecord } from "../../server/log_record.ts";
import { describeError } from "../../server/log_record.ts";
import type { ThreadSample } from "../../server/sampler.ts";
import { Activity } from "../../watch/activity.ts";
import { isLoopback } from "../../watch/guard.ts";
import { Routes } from "../../watch/routes.ts";
import type { HttpSettings, ServeSettings } from "../args/command.ts";
import { hostPort } from "../text/format.ts";
import type { LogOutput } from "./log_output.ts";
import { readToken } from "./token_file.ts";
import { version } from "../text/version.ts";

/** Opens it, with the program's version. Throws as {@linkcode ServeWatch} does. */
export async function openServeWatch(
  http: HttpSettings,
  settings: ServeSettings,
  log: Pick<LogOutput, "write">,
): Promise<ServeWatch> {
  const failed = (record: LogRecord) => log.write(record);
  return new ServeWatch(http, settings, { version: await version(), failed });
}

export class ServeWatch {
  readonly #http: HttpSettings;
  readonly #activity: Activity;
  readonly #routes: Routes;
  readonly #listener: HttpListener;
  #latestMs = 0;

  /**
   * Listens. Throws `NetworkError` when the port can't be bound, `LocalFileError` when the file has
   * no token.
   */
  constructor(
    http: HttpSettings,
    { io, workers, policy }: ServeSettings,
    { version, failed }: { version: string; failed(record: LogRecord): void },
  ) {
    this.#http = http;
    const { uploadQuota: quota } = policy;
    this.#activity = new Activity({
      version,
      io: io === "native" ? "native" : "deno",
      workers,
      listening: [],
      ...(quota === undefined ? {} : { quota }),
    }, this.#now());
    const token = http.tokenFile === undefined ? undefined : readToken(http.tokenFile);
    this.#routes = new Routes(this.#activity, {
      ...{ hostname: http.hostname, names: http.names, token },
      now: () => this.#now(),
      page: async () => (await import("../../watch/page.ts")).PAGE,
    });
    this.#listener = listenHttp(
      http,
      (request) => this.#routes.answer(request),
      (error) => failed({ kind: "error", message: `HTTP: ${describeError(error)}` }),
    );
  }

  /** A log record of the server. */
  readonly record = (record: LogRecord): void => this.#activity.record(record, this.#now());

  /** A sample of one thread. */
  readonly sampled = (sample: ThreadSample, thread: number): void =>
    this.#activity.sample(sample, thread, this.#now());

  /** A single thread takes its samples itself. */
  get here(): Watching {
    return { index: 0, count: 1, sampled: (sample) => this.sampled(sample, 0) };
  }

  /** The sockets are bound. @returns lines that say where to see the status. */
  started({ addresses }: Pick<Server, "addresses">): string[] {
    const listening = addresses.map(({ hostname, port }) => hostPort(hostname, port));
    this.#activity.about = { ...this.#activity.about, listening };
    const { hostname, port } = this.#listener.address;
    const isOpen = !isLoopback(hostname) && this.#http.tokenFile === undefined;
    const url = `http://${hostPort(isAny(hostname) ? "127.0.0.1" : hostname, port)}/`;
    return [
      `see what it does at ${url} or with: tftp status ${url}`,
      ...(isOpen
        ? [
          `anybody who reaches port ${port} can see file names and client addresses; ` +
          "--http-token-file requires a token",
        ]
        : []),
    ];
  }

  /** The server accepts no more requests. */
  ending(): void {
    this.#activity.ending = true;
  }

  async close(): Promise<void> {
    this.#routes.close();
    await this.#listener.close();
  }

  /** The wall clock may be set back; this time does not run backwards. */
  #now(): number {
    this.#latestMs = Math.max(this.#latestMs, Date.now());
    return this.#latestMs;
  }
}

function isAny(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}
