/**
 * A server of several threads. With the sockets of Deno, the first thread has the listening sockets
 * and posts each datagram to the worker of its sender's address, which does the rest. So everything
 * known about a client is in one place, and no transfer waits for another thread.
 */

import { type Address, MAX_REQUEST_BYTES } from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import type { Socket } from "../engine/network.ts";
import { Port } from "../engine/port.ts";
import { DenoNetwork } from "../net/deno/deno_network.ts";
import { NetworkError, systemCode } from "../engine/errors.ts";
import { giveUpFfi } from "../net/native/libc_paths.ts";
import type { User } from "../net/native/user.ts";
import type { ServeOptions, Server } from "./server.ts";
import { lacksIpv6 } from "./listen.ts";
import { describeError, type LogRecord } from "./log_record.ts";
import type { ManagerVariables } from "./native_thread.ts";
import type { ServePolicy } from "./policy.ts";
import { TOO_MANY_REQUESTS } from "./request_queue.ts";
import type { ThreadSample } from "./sampler.ts";
import { portsOf, workerOf } from "./shard.ts";
import { RATE_BYTES } from "./shared_rate.ts";
import { QUOTA_BYTES } from "./upload_quota.ts";
import { type Started, WorkerLink } from "./worker_link.ts";
import type { HandlerSettings } from "./worker_handlers.ts";
import { type PostedOptions, toPostedPolicy } from "./worker_messages.ts";

/** The options of a server with workers. */
export interface WorkersOptions extends Omit<ServeOptions, "network" | "handler"> {
  /** Number of worker threads. */
  readonly workers: number;
  /**
   * Which sockets to use. With those of Deno, workers can't share a port to answer from. @default
   * {"deno"}
   */
  readonly io?: "deno" | "native";
  /** Which handlers to use. */
  readonly handlers?: HandlerSettings;
  /** Use this network interface only; for native sockets. */
  readonly interfaceName?: string;
  /** Whether "::" leaves the IPv4 port free; for native sockets. */
  readonly ipv6Only?: boolean;
  /** Switch to this user once the ports are bound; for native sockets. */
  readonly user?: User;
  /** The environment variables of a service manager; for native sockets. */
  readonly manager?: ManagerVariables;
  /** Called with the samples of each thread. */
  sampled?(sample: ThreadSample, thread: number): void;
}

/** A server without `status`, whose policy may be replaced a moment later. */
export interface ServerOfWorkers extends Omit<Server, "status" | "reconfigure"> {
  /** As that of {@linkcode Server}; may settle when all threads have the new policy. */
  reconfigure(policy: Partial<ServePolicy>): void | Promise<void>;
}

/** A worker has failed, and with it the server. */
export class WorkerError extends Error {
  override name = "WorkerError";

  constructor(cause: unknown) {
    super(
      `A worker has failed, and the transfers of its clients have ended: ${describeError(cause)}`,
    );
  }
}

/** Starts a server and its workers. Throws what {@linkcode serve} throws. */
export async function serveByWorkers(options: WorkersOptions): Promise<ServerOfWorkers> {
  const server = new WorkersServer(options);
  try {
    await server.start();
    return server;
  } catch (error) {
    server.terminate();
    throw error;
  }
}

class WorkersServer implements ServerOfWorkers {
  root = "";
  addresses: readonly Address[] = [];
  readonly finished: Promise<void>;
  readonly #options: WorkersOptions;
  readonly #listeners: Socket[] = [];
  readonly #links: WorkerLink[] = [];
  readonly #broken = Promise.withResolvers<void>();
  /** The memory in which all threads count. */
  readonly #memory = {
    rateMemory: new SharedArrayBuffer(RATE_BYTES),
    quotaMemory: new SharedArrayBuffer(QUOTA_BYTES),
  };
  #uploadDir: string | undefined;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#uploadDir = options.uploadDir;
    this.finished = this.#broken.promise;
    this.finished.catch(() => {});
    for (let index = 0; index < options.workers; index++) {
      this.#links.push(
        new WorkerLink({
          answer: (listener, bytes, to) => this.#listeners[listener]!.send(bytes, to),
          log: (record) => this.#log(record),
          sampled: (sample) => options.sampled?.(sample, index),
        }),
      );
    }
  }

  async start(): Promise<void> {
    if (this.#options.io === "native") await this.#startNative();
    else await this.#startOnDeno();
    const ends = this.#links.map(({ ended }) => ended.catch((error) => this.#fail(error)));
    Promise.all(ends).finally(() => this.#close()).then(
      () => this.#broken.resolve(),
      (error) => this.#broken.reject(error),
    );
  }

  /** This thread has the listening sockets; workers start with their addresses. */
  async #startOnDeno(): Promise<void> {
    this.#listen();
    this.addresses = this.#listeners.map(({ address }) => address);
    const { addresses = [] } = this.#options;
    const rest = {
      listeners: this.addresses,
      // As they were given: with the scope of a link-local address.
      addresses: addresses.length > 0 ? addresses : this.addresses.map(({ hostname }) => hostname),
    };
    // The first one removes temporary files of earlier uploads, so the others find none.
    this.root = (await this.#begin(0, rest)).root;
    const others = this.#links.slice(1).map((_, index) => this.#begin(index + 1, rest));
    await Promise.all(others);
  }

  /**
   * Every worker has listening sockets of its own, bound one after the other to the same ports. The
   * system gives all datagrams of one client address to one of them, by the order of binding. No
   * worker receives before the permission to call the C library was given up.
   */
  async #startNative(): Promise<void> {
    const count = this.#links.length;
    const { manager, user } = this.#options;
    // A socket of a manager can't be shared by threads.
    const inherited = await this.#links[0]!.take(manager);
    if (inherited.length > 0 && count > 1) {
      throw new NetworkError(
        "A socket that systemd has bound can't be shared: leave out --workers",
      );
    }
    await Promise.all(this.#links.slice(1).map((link) => link.take()));
    giveUpFfi();
    for (let index = 0; index < count; index++) {
      const first = this.addresses[0];
      const { root, addresses } = await this.#begin(index, {
        ...(count > 1 ? { shared: { index, count } } : {}),
        ...(inherited.length > 0 ? { addresses: inherited } : {}),
        ...(first
          ? { port: first.port, addresses: this.addresses.map(({ hostname }) => hostname) }
          : {}),
      });
      if (first) continue;
      this.root = root;
      this.addresses = addresses;
    }
    if (user) await this.#links[0]!.become(user);
    for (const link of this.#links) link.release();
  }

  async reconfigure(policy: Partial<ServePolicy>): Promise<void> {
    const posted = toPostedPolicy(policy);
    if (policy.uploadDir !== this.#uploadDir) {
      this.#uploadDir = policy.uploadDir;
      this.#memory.quotaMemory = new SharedArrayBuffer(QUOTA_BYTES);
    }
    const { quotaMemory } = this.#memory;
    await Promise.all(this.#links.map((link) => link.reconfigure(posted, quotaMemory)));
  }

  async shutdown(drainMs = 0): Promise<void> {
    // Another server may listen here while the last transfers end.
    void this.#close();
    await this.#end(drainMs);
    await this.finished;
  }

  /** Ends everything at once. */
  terminate(): void {
    for (const link of this.#links) link.terminate();
    void this.#close();
  }

  #listen(): void {
    const network = new DenoNetwork();
    const { port = 69, addresses = [] } = this.#options;
    const bind = (hostname: string) => {
      const index = this.#listeners.length;
      const listener = new Port(network, { hostname, port, reportsLocal: true }, {
        listens: true,
        unrouted: (bytes, from) => this.#handOver(index, bytes, from),
        failed: (error) => this.#log({ kind: "error", message: describeError(error) }),
        broken: (error) => void this.#fail(error).catch((error) => this.#broken.reject(error)),
      });
      this.#listeners.push(listener.socket);
    };
    if (addresses.length > 0) return addresses.forEach(bind);
    try {
      bind("::");
    } catch (error) {
      if (!lacksIpv6(systemCode(error))) throw error;
      bind("0.0.0.0");
    }
  }

  #begin(index: number, rest: Partial<PostedOptions>): Promise<Started> {
    const { root, port, addresses, portRange, singlePort, interfaceName, ...others } =
      this.#options;
    const { workers, handlers, sampled, io: _, log: __, ...said } = others;
    const { user: ___, manager: ____, ipv6Only = false, ...policy } = said;
    return this.#links[index]!.start({
      ...(root === undefined ? {} : { root }),
      ...(port === undefined ? {} : { port }),
      ...(addresses === undefined ? {} : { addresses }),
      ...(singlePort === undefined ? {} : { singlePort }),
      ...(interfaceName === undefined ? {} : { interfaceName }),
      ...(ipv6Only ? { ipv6Only } : {}),
      ...(portRange === undefined ? {} : { portRange: portsOf(portRange, index, workers) }),
      ...(sampled ? { watched: { index, count: workers } } : {}),
      ...this.#memory,
      ...(handlers ? { handlers } : {}),
      policy: toPostedPolicy(policy),
      ...rest,
    });
  }

  #handOver(listener: number, bytes: Uint8Array, from: Address): void {
    const link = this.#links[workerOf(from.hostname, this.#options.workers)];
    // One byte more shows that a datagram is too long to be a request.
    const shown = bytes.subarray(0, MAX_REQUEST_BYTES + 1);
    if (link?.deliver(listener, shown, from)) return;
    this.#log({ kind: "dropped", client: formatAddress(from), reason: TOO_MANY_REQUESTS });
  }

  /** The clients of the failed worker are lost; those of the others get an ERROR. */
  async #fail(cause: unknown): Promise<never> {
    void this.#close();
    await this.#end(0);
    throw new WorkerError(cause);
  }

  /**
   * Ends all workers. None closes its sockets before the transfers of all are over: the system
   * would renumber the sockets of a shared port, and give datagrams of the others' clients to the
   * wrong worker.
   */
  async #end(drainMs: number): Promise<void> {
    for (const link of this.#links) link.shutdown(drainMs);
    await Promise.all(this.#links.map(({ idle }) => idle));
    await Promise.all(this.#links.map((link) => link.close()));
  }

  /** Settles when the ports of the listening sockets are free. */
  #close(): Promise<unknown> {
    const close = (listener: Socket) => new Promise<void>((freed) => listener.close(freed));
    return Promise.all(this.#listeners.map(close));
  }

  #log(record: LogRecord): void {
    this.#options.log?.(record);
  }
}
