/**
 * A server of several threads. This one has the listening sockets and hands each datagram to the
 * worker of its sender's address, which does all the rest: so nothing that is known of a client is
 * known in two places, and no transfer waits for another thread.
 */

import { type Address, MAX_REQUEST_BYTES } from "../protocol/mod.ts";
import { SystemClock } from "../engine/clock.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { Port } from "../engine/port.ts";
import type { ServeOptions, Server } from "../server.ts";
import { TOO_MANY_REQUESTS } from "./doorman.ts";
import { bindListeners } from "./listen.ts";
import { describeError, type LogRecord } from "./log_record.ts";
import type { ServePolicy } from "./policy.ts";
import { portsOf, workerOf } from "./shard.ts";
import { WorkerLink } from "./worker_link.ts";
import { toPostedPolicy } from "./worker_messages.ts";
import { formatAddress } from "../engine/address.ts";

/**
 * What may be said to a server of several threads. They share no port to answer from, and no count
 * of what all clients move or keep.
 */
export interface WorkersOptions extends
  Omit<
    ServeOptions,
    "singlePort" | "wrapEndpoint" | "listeners" | "rate" | "uploadQuota"
  > {
  /** How many threads serve. */
  readonly workers: number;
}

/** A server that can't be asked how it is. */
export type ServerOfWorkers = Omit<Server, "status">;

/** A worker has failed, and the server with it. */
export class WorkerError extends Error {
  override name = "WorkerError";

  constructor(cause: unknown) {
    super(`A worker has failed, and with it its clients' transfers: ${describeError(cause)}`);
  }
}

/** Starts a server and its workers. Throws what {@linkcode serve} throws. */
export async function serveByWorkers(options: WorkersOptions): Promise<ServerOfWorkers> {
  const listeners = bindListeners(options);
  const links: WorkerLink[] = [];
  try {
    const link = (worker: number) => {
      const link = new WorkerLink(postedOptions(options, { listeners, worker }), {
        answer: (listener, bytes, to) => answer(listeners[listener]!, { bytes, to, options }),
        log: (record) => options.log?.(record),
      });
      links.push(link);
      return link.ready;
    };
    // The first alone: it tidies up what earlier uploads have left.
    const root = await link(0);
    const others = Array.from({ length: options.workers - 1 }, (_, index) => index + 1);
    await Promise.all(others.map(link));
    return new WorkersServer(root, { listeners, links, log: (record) => options.log?.(record) });
  } catch (error) {
    for (const link of links) link.terminate();
    for (const listener of listeners) listener.close();
    throw error;
  }
}

function postedOptions(
  options: WorkersOptions,
  { listeners, worker }: { listeners: readonly Endpoint[]; worker: number },
) {
  const { root, portRange, workers, port: _port, addresses: _, log: _log, ...policy } = options;
  return {
    root,
    ...(portRange === undefined ? {} : { portRange: portsOf(portRange, worker, workers) }),
    policy: toPostedPolicy(policy),
    listeners: listeners.map(({ address }) => address),
  };
}

interface WorkersServerSettings {
  readonly listeners: readonly Endpoint[];
  readonly links: readonly WorkerLink[];
  log(record: LogRecord): void;
}

class WorkersServer implements ServerOfWorkers {
  readonly addresses: readonly Address[];
  readonly root: string;
  readonly finished: Promise<void>;
  readonly #settings: WorkersServerSettings;
  readonly #ports: readonly Port[];

  constructor(root: string, settings: WorkersServerSettings) {
    const { listeners, links, log } = settings;
    this.root = root;
    this.#settings = settings;
    this.addresses = listeners.map(({ address }) => address);
    const clock = new SystemClock();
    this.#ports = listeners.map((endpoint, index) =>
      new Port(endpoint, {
        clock,
        listens: true,
        unrouted: (bytes, from) => this.#handOver(index, bytes, from),
        trouble: (error) => log({ kind: "trouble", message: describeError(error) }),
      })
    );
    const ends = links.map(({ ended }) => ended.catch((error) => this.#fail(error)));
    this.finished = Promise.all([...ends, ...this.#ports.map((port) => port.listen())])
      .then(() => {});
  }

  reconfigure(policy: Partial<ServePolicy>): void {
    for (const link of this.#settings.links) link.reconfigure(toPostedPolicy(policy));
  }

  async shutdown(drainMs = 0): Promise<void> {
    // Whoever comes next may listen here while the last transfers end.
    for (const port of this.#ports) port.close();
    await Promise.all(this.#settings.links.map((link) => link.shutdown(drainMs)));
    await this.finished;
  }

  #handOver(listener: number, bytes: Uint8Array, from: Address): void {
    const { links, log } = this.#settings;
    const link = links[workerOf(from.hostname, links.length)]!;
    // What is too long to be a request shows it by one byte.
    const shown = bytes.subarray(0, MAX_REQUEST_BYTES + 1);
    if (link.deliver(listener, shown, from)) return;
    log({ kind: "dropped", client: formatAddress(from), reason: TOO_MANY_REQUESTS });
  }

  /** One worker's clients are lost; those of the others are told. */
  async #fail(cause: unknown): Promise<never> {
    for (const port of this.#ports) port.close();
    await Promise.all(this.#settings.links.map((link) => link.shutdown(0)));
    throw new WorkerError(cause);
  }
}

async function answer(
  listener: Endpoint,
  { bytes, to, options }: { bytes: Uint8Array; to: Address; options: WorkersOptions },
): Promise<void> {
  try {
    await listener.send(bytes, to);
  } catch (error) {
    options.log?.({ kind: "trouble", message: `No ERROR sent: ${describeError(error)}` });
  }
}
