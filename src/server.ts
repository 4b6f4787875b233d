/**
 * The server: a front door that turns requests into transfers, the transfers that run, and a record
 * of each for whoever keeps the log. One thread, many clients at once; `server/workers.ts` makes a
 * server of several.
 */

import type { Address } from "./protocol/mod.ts";
import { type Clock, SystemClock } from "./engine/clock.ts";
import type { Endpoint } from "./net/endpoint.ts";
import { removeLeftovers } from "./files/leftovers.ts";
import { Port } from "./engine/port.ts";
import { ServedRoot } from "./files/served_root.ts";
import { TidPool } from "./engine/tid_pool.ts";
import { Admission } from "./server/admission.ts";
import { FrontDoor } from "./server/front_door.ts";
import { bindListeners, bindPool, type ListenOptions, type PortRange } from "./server/listen.ts";
import { describeError, type LogRecord } from "./server/log_record.ts";
import { DEFAULT_POLICY, type ServePolicy } from "./server/policy.ts";
import type { ServedTransfer } from "./server/served_transfer.ts";
import { UploadQuota } from "./server/upload_quota.ts";

export { MAX_TRANSFERS } from "./server/policy.ts";

/** A server begins with a policy; what is left out of it has its default. */
export interface ServeOptions extends Partial<ServePolicy>, ListenOptions {
  /** The folder whose files are served. */
  readonly root: string;
  /** Answer from the listening port itself, for firewalls and containers. @default {false} */
  readonly singlePort?: boolean;
  /** Answer from these ports, for the same. @default {any} */
  readonly portRange?: PortRange;
  /** Listen on these sockets, instead of such as port and addresses name; they become its own. */
  readonly listeners?: readonly Endpoint[];
  /** Puts something between the server and each of its sockets: a trace, a fault. */
  wrapEndpoint?(endpoint: Endpoint): Endpoint;
  /** Hears of everything worth a line. */
  log?(record: LogRecord): void;
}

/** What a server holds at a moment; every figure has a bound. */
export interface ServerStatus {
  /** Transfers that run. */
  readonly transfers: number;
  /** Clients that these belong to. */
  readonly clients: number;
  /** Sockets that are open, those for requests among them. */
  readonly sockets: number;
  /** Addresses remembered, for whatever reason. */
  readonly remembered: number;
}

/** A server that runs. */
export interface Server {
  /** Where it listens. */
  readonly addresses: readonly Address[];
  /** The served folder, links resolved. */
  readonly root: string;
  /** Settles after {@linkcode Server.shutdown}; rejects when a listening socket breaks. */
  readonly finished: Promise<void>;
  /** What it holds now. */
  readonly status: ServerStatus;
  /** Sets the whole policy anew. Transfers that run keep what they were granted. */
  reconfigure(policy: Partial<ServePolicy>): void;
  /**
   * Takes no more requests, lets the running transfers end for so many milliseconds, then ends the
   * rest with ERROR 0, and closes all sockets.
   */
  shutdown(drainMs?: number): Promise<void>;
}

/**
 * Starts a server. Throws `NetworkError` when an address can't be bound and `LocalFileError` when
 * there is no such folder.
 */
export function serve(options: ServeOptions): Server {
  return new TftpServer(options);
}

class TftpServer implements Server {
  readonly addresses: readonly Address[];
  readonly root: string;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #clock: Clock = new SystemClock();
  readonly #listeners: Port[] = [];
  readonly #pool: Port[] = [];
  readonly #pools = new Map<Port, TidPool>();
  readonly #admission: Admission;
  readonly #door: FrontDoor;

  constructor(options: ServeOptions) {
    this.#options = options;
    const root = new ServedRoot(
      options.root,
      undefined,
      (message) => this.#log({ kind: "notice", message }),
    );
    this.root = root.path;
    const policy = { ...DEFAULT_POLICY, ...options };
    const clock = this.#clock;
    const folder = root.folder(policy.uploadDir);
    this.#admission = new Admission({
      ...{ root, clock, policy },
      quota: new UploadQuota(folder, () => clock.nowMs()),
      begun: (transfer, port) => this.#follow(transfer, port),
    });
    this.#door = new FrontDoor({
      ...{ clock, admission: this.#admission, singlePort: options.singlePort ?? false },
      admit: (request, from, port) => this.#admission.admit(request, from, this.#pools.get(port)!),
      log: (record) => this.#log(record),
    });
    try {
      for (const endpoint of options.listeners ?? bindListeners(options)) this.#open(endpoint);
    } catch (error) {
      for (const port of this.#ports) port.close();
      throw error;
    }
    if (policy.uploads !== "off") this.#tidy(folder);
    this.addresses = this.#listeners.map((port) => port.endpoint.address);
    this.finished = Promise.all(this.#ports.map((port) => port.listen())).then(() => {});
  }

  get status(): ServerStatus {
    const { transfers, proved } = this.#admission;
    const pools = [...this.#pools.values()].reduce((sum, pool) => sum + pool.remembered, 0);
    return {
      transfers: transfers.held,
      clients: transfers.clients,
      sockets: this.#ports.length,
      remembered: pools + proved.size + this.#door.remembered,
    };
  }

  reconfigure(policy: Partial<ServePolicy>): void {
    this.#admission.policy = { ...DEFAULT_POLICY, ...policy };
  }

  async shutdown(drainMs = 0): Promise<void> {
    this.#door.close();
    // Whoever comes next may listen here while the last transfers end.
    if (!this.#options.singlePort) { for (const port of this.#listeners) port.close(); }
    const ended = Promise.all(this.#running.map(({ drive }) => drive.outcome));
    if (drainMs > 0) await elapsed(drainMs, ended);
    const rest = this.#running;
    await Promise.all(rest.map(({ drive }) => drive.cancel("Server is shutting down")));
    await Promise.all(rest.map(({ drive }) => drive.ended));
    for (const port of this.#ports) port.close();
    await this.finished;
  }

  get #ports(): Port[] {
    return [...this.#listeners, ...this.#pool];
  }

  get #running(): ServedTransfer[] {
    return this.#admission.transfers.all();
  }

  /** A listening port and the pool it answers from. */
  #open(bound: Endpoint): void {
    const wrap = this.#options.wrapEndpoint ?? ((endpoint: Endpoint) => endpoint);
    const endpoint = wrap(bound);
    const shared = { clock: this.#clock, trouble: (error: unknown) => this.#trouble(error) };
    const listener = new Port(endpoint, {
      ...shared,
      listens: true,
      unrouted: (bytes, from, port) => this.#door.knock(bytes, from, port),
    });
    this.#listeners.push(listener);
    if (this.#options.singlePort) {
      this.#pools.set(listener, new TidPool([listener]));
      return;
    }
    const pool = bindPool(endpoint.address.hostname, this.#options.portRange).map((bound) =>
      new Port(wrap(bound), {
        ...shared,
        listens: false,
        unrouted: (bytes, from, port) => this.#door.tellStranger(bytes, from, port),
      })
    );
    this.#pool.push(...pool);
    this.#pools.set(listener, new TidPool(pool));
  }

  /** Routes a transfer's datagrams to it, and forgets it when it has ended. */
  #follow(transfer: ServedTransfer, port: Port): void {
    const { client, drive } = transfer;
    port.add(client, transfer);
    port.promised += transfer.receiveShare;
    transfer.record.then((record) => {
      port.promised -= transfer.receiveShare;
      this.#log({ kind: "transfer", ...record });
    });
    drive.ended.then(() => {
      port.remove(client, transfer);
      this.#admission.transfers.remove(transfer);
    });
  }

  /** A crash may have left parts of uploads behind. */
  #tidy(folder: string): void {
    const removed = removeLeftovers(folder);
    if (removed === 0) return;
    const files = removed === 1 ? "1 file" : `${removed} files`;
    this.#log({ kind: "notice", message: `removed ${files} that unfinished uploads had left` });
  }

  #trouble(error: unknown): void {
    this.#log({ kind: "trouble", message: describeError(error) });
  }

  #log(record: LogRecord): void {
    this.#options.log?.(record);
  }
}

/** Settles after a time, or, for its timer's sake, when it is no longer waited for. */
async function elapsed(ms: number, over: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  over.then(() => resolve());
  await promise;
  clearTimeout(timer);
}
