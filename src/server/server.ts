/**
 * The server on this machine's sockets, files and clock; its rules are in `server_core.ts`. One
 * thread serves many clients at once; `workers.ts` makes a server of several threads.
 */

import type { Address } from "../protocol/mod.ts";
import { type Handler, HandlerChain } from "../engine/handler.ts";
import type { Clock } from "../engine/clock.ts";
import type { Network } from "../engine/network.ts";
import { systemCode } from "../engine/errors.ts";
import { removeLeftovers } from "../files/leftovers.ts";
import { FileCache } from "../files/file_cache.ts";
import type { Opener } from "../files/opener.ts";
import { ServedRoot } from "../files/served_root.ts";
import { uploadFolder } from "../files/upload_folder.ts";
import { serverNetwork } from "../net/deno/server_network.ts";
import { lacksIpv6, type ListenOptions, type PortRange } from "./listen.ts";
import type { LogRecord } from "./log_record.ts";
import { DEFAULT_POLICY, type ServePolicy } from "./policy.ts";
import { Sampler, type ThreadPlace, type ThreadSample } from "./sampler.ts";
import { SharedRate } from "./shared_rate.ts";
import { ServerCore, type ServerStatus } from "./server_core.ts";
import { UploadQuota } from "./upload_quota.ts";

export { MAX_TRANSFERS } from "./policy.ts";
export type { ServerStatus } from "./server_core.ts";

/** The options of a server. What is left out of its policy has its default. */
export interface ServeOptions extends Partial<ServePolicy>, ListenOptions {
  /** The folder whose files are served; without one there must be a handler. */
  readonly root?: string;
  /** Opens files that the folder does not have, or all files where there is no folder. */
  readonly handler?: Handler;
  /** Answer from the listening port itself, for firewalls and containers. @default {false} */
  readonly singlePort?: boolean;
  /** Answer from these ports, for the same reason. @default {any} */
  readonly portRange?: PortRange;
  /** The network of its sockets. @default {that of Deno} */
  readonly network?: Network;
  /** Called with every log record. */
  log?(record: LogRecord): void;
}

/** How often a thread that is watched gives a sample, in milliseconds. */
export const SAMPLE_MS = 500;

/** The watcher of a thread, and the place of the thread among others. */
export interface Watching extends ThreadPlace {
  /** Called with a sample every {@linkcode SAMPLE_MS}. */
  sampled(sample: ThreadSample): void;
}

/** Further options for one thread of a server. */
export interface ThreadOptions {
  /** Which of how many threads this is; they share their listening ports. */
  readonly shared?: { readonly index: number; readonly count: number };
  /** Memory in which all threads count together for `rate`. */
  readonly rateMemory?: SharedArrayBuffer;
  /** Memory in which all threads count together for `uploadQuota`. */
  readonly quotaMemory?: SharedArrayBuffer;
  /** Use this network interface only. */
  readonly interfaceName?: string;
  /** Whether "::" leaves the IPv4 port free, where sockets can; beside IPv4 addresses, it does. */
  readonly ipv6Only?: boolean;
  /** Opens files for downloads, where it can. */
  readonly opener?: Opener;
  /** Makes the handler of the server from that of the folder. */
  compose?(folder: Handler | undefined, opener?: Opener): Handler;
  /**
   * Called when a shutdown has no more transfers to wait for: `close` closes the sockets. The
   * system renumbers the sockets of a shared port when one is closed, so that datagrams of other
   * threads' clients would reach the wrong thread.
   */
  idle?(close: () => void): void;
  /** Present where the thread is watched. */
  readonly watch?: Watching | undefined;
}

/** A running server. */
export interface Server {
  /** Where it listens. */
  readonly addresses: readonly Address[];
  /** The served folder, links resolved; empty where there is none. */
  readonly root: string;
  /** Settles after {@linkcode Server.shutdown}; rejects when a listening socket fails. */
  readonly finished: Promise<void>;
  /** The sizes of its tables now. */
  readonly status: ServerStatus;
  /**
   * Replaces the whole policy. Running transfers keep what they were granted. Threads that count
   * together get the memory for their `uploadQuota`. Throws `LocalFileError` when there is no such
   * `uploadDir`.
   */
  reconfigure(policy: Partial<ServePolicy>, quotaMemory?: SharedArrayBuffer): void;
  /**
   * Accepts no more requests, gives running transfers so many milliseconds to end, ends the rest
   * with ERROR 0, and closes all sockets. Settles when their ports are free.
   */
  shutdown(drainMs?: number): Promise<void>;
}

/**
 * Starts a server, or one thread of a server of several. Throws `NetworkError` when an address
 * can't be bound and `LocalFileError` when there is no such folder.
 */
export function serveThread(options: ServeOptions & ThreadOptions): Server {
  return new TftpServer(options);
}

class TftpServer implements Server {
  readonly addresses: readonly Address[];
  readonly root: string;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions & ThreadOptions;
  readonly #core: ServerCore;
  readonly #ended = Promise.withResolvers<void>();
  readonly #cache = new FileCache();
  #uploadDir: string | undefined;
  #quota: UploadQuota;
  readonly #sampler: Sampler | undefined;
  #stopSampling = () => {};

  constructor(options: ServeOptions & ThreadOptions) {
    this.#options = options;
    const files = options.root === undefined ? undefined : this.#openRoot(options.root);
    this.root = files?.path ?? "";
    const { network = serverNetwork(), singlePort = false, rateMemory, quotaMemory } = options;
    const policy = { ...DEFAULT_POLICY, ...options };
    this.#refuseQuota(policy);
    const folder = files && uploadFolder(files.path, policy.uploadDir);
    this.#uploadDir = policy.uploadDir;
    this.#quota = this.#quotaOf(folder, quotaMemory);
    const quota = () => this.#quota;
    const sampler = options.watch && new Sampler(options.watch);
    this.#sampler = sampler;
    this.#core = new ServerCore({
      ...{ network, policy, singlePort },
      handler: handlerOf(files, options),
      ...(rateMemory
        ? { shareRate: (rate: number) => new SharedRate(rate, { memory: rateMemory }) }
        : {}),
      get quota() {
        return quota();
      },
      ...(sampler
        ? {
          begun: (transfer) => sampler.begun(transfer, network.clock.nowMs()),
          settled: (record, transfer) => sampler.settled(record, transfer),
        }
        : {}),
      log: (record) => options.log?.(record),
      broken: (error) => this.#ended.reject(error),
      ...(options.idle ? { idle: (close: () => void) => options.idle!(close) } : {}),
    });
    try {
      this.#listen();
    } catch (error) {
      this.#core.close();
      throw error;
    }
    if (policy.uploads !== "off" && folder !== undefined) this.#tidy(folder);
    this.addresses = this.#core.addresses;
    this.finished = this.#ended.promise;
    this.#sample(network.clock);
  }

  get status(): ServerStatus {
    return this.#core.status;
  }

  reconfigure(policy: Partial<ServePolicy>, quotaMemory?: SharedArrayBuffer): void {
    this.#refuseQuota(policy);
    if (policy.uploadDir !== this.#uploadDir) {
      // Running uploads go on counting in the old folder.
      const folder = this.root === "" ? "" : uploadFolder(this.root, policy.uploadDir);
      this.#quota = this.#quotaOf(folder, quotaMemory);
      this.#uploadDir = policy.uploadDir;
    }
    this.#core.policy = { ...DEFAULT_POLICY, ...policy };
  }

  async shutdown(drainMs = 0): Promise<void> {
    this.#core.shutdown(drainMs, () => {
      this.#stopSampling();
      this.#options.opener?.close?.();
      this.#ended.resolve();
    });
    await this.finished;
  }

  #openRoot(root: string): ServedRoot {
    return new ServedRoot(root, this.#cache, {
      notice: (message) => this.#options.log?.({ kind: "notice", message }),
      opener: this.#options.opener,
    });
  }

  #quotaOf(folder = "", memory?: SharedArrayBuffer): UploadQuota {
    // The clock of a network may stand still during a scan: native sockets read it once a batch.
    return new UploadQuota(folder, () => performance.now(), memory);
  }

  #refuseQuota({ uploadQuota }: Partial<ServePolicy>): void {
    if (uploadQuota === undefined || this.#options.root !== undefined) return;
    throw new TypeError("An uploadQuota counts what a folder holds: it needs a root");
  }

  /** Gives samples at regular intervals. */
  #sample(clock: Clock): void {
    if (!this.#sampler || !this.#options.watch) return;
    const { status: { clients }, waiting } = this.#core;
    const quotaUsed = this.#quota.used;
    this.#options.watch.sampled(this.#sampler.sample(clock.nowMs(), {
      ...{ clients, waiting, cacheHits: this.#cache.hits, cacheMisses: this.#cache.misses },
      ...(quotaUsed === undefined ? {} : { quotaUsed }),
    }));
    this.#stopSampling = clock.after(SAMPLE_MS, () => this.#sample(clock));
  }

  #listen(): void {
    const { port = 69, addresses = [], portRange, shared, interfaceName } = this.#options;
    const ipv6Only = this.#options.ipv6Only || addresses.some((address) => !address.includes(":"));
    const listen = (hostname: string) =>
      this.#core.listen({
        ...{ hostname, port, reportsLocal: true },
        ...(shared ? { shared } : {}),
        ...(interfaceName === undefined ? {} : { interfaceName }),
        ...(ipv6Only ? { ipv6Only } : {}),
      }, portRange);
    if (addresses.length > 0) return addresses.forEach(listen);
    try {
      listen("::");
    } catch (error) {
      // Without IPv6, IPv4 alone is tried; any other error would occur there as well.
      if (!lacksIpv6(systemCode(error))) throw error;
      listen("0.0.0.0");
    }
  }

  /** A crash may have left temporary files of uploads. */
  #tidy(folder: string): void {
    const removed = removeLeftovers(folder);
    if (removed === 0) return;
    const files = removed === 1 ? "1 file" : `${removed} files`;
    const message = `removed ${files} left by unfinished uploads`;
    this.#options.log?.({ kind: "notice", message });
  }
}

/** The handler to ask for files. Throws a `TypeError` where there is none. */
function handlerOf(
  folder: ServedRoot | undefined,
  { handler, compose, opener }: ServeOptions & ThreadOptions,
): Handler {
  if (compose) return compose(folder, opener);
  if (folder && handler) return new HandlerChain(folder, handler);
  const only = folder ?? handler;
  if (!only) throw new TypeError("A server needs a root, a handler, or both");
  return only;
}
