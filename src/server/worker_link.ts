/** The server's side of a worker. */

import type { Address } from "../protocol/mod.ts";
import type { User } from "../net/native/user.ts";
import type { LogRecord } from "./log_record.ts";
import type { ManagerVariables } from "./native_thread.ts";
import { unpackRecords } from "./packed_records.ts";
import { MAX_QUEUED } from "./request_queue.ts";
import type { ThreadSample } from "./sampler.ts";
import {
  fromPostedError,
  type FromWorker,
  type PostedOptions,
  type PostedPolicy,
  type ToWorker,
} from "./worker_messages.ts";

/**
 * Datagrams that were posted to a worker and that it has not processed: as many as its request
 * queue holds. Further ones are dropped, as by a socket whose buffer is full.
 */
export const MAX_IN_FLIGHT = MAX_QUEUED;

export interface WorkerHandlers {
  /** Sends a datagram from a listening socket. */
  answer(listener: number, bytes: Uint8Array, to: Address): void;
  log(record: LogRecord): void;
  /** Called with a sample of the worker. */
  sampled(sample: ThreadSample): void;
}

/** What a worker reports when its sockets are bound. */
export interface Started {
  /** The served folder, links resolved. */
  readonly root: string;
  /** Where it listens. */
  readonly addresses: readonly Address[];
}

export class WorkerLink {
  /** Settles when it has shut down; rejects when it fails. */
  readonly ended: Promise<void>;
  /** Settles when its transfers are over after {@linkcode WorkerLink.shutdown}, or it has ended. */
  readonly idle: Promise<void>;
  readonly #worker: Worker;
  readonly #handlers: WorkerHandlers;
  readonly #taken = Promise.withResolvers<readonly string[]>();
  readonly #became = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<Started>();
  readonly #idle = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** Called in order, one for each new policy that the worker has. */
  readonly #reconfiguring: (() => void)[] = [];
  #inFlight = 0;

  /** Starts the thread. */
  constructor(handlers: WorkerHandlers) {
    this.#handlers = handlers;
    this.ended = this.#ended.promise;
    this.idle = Promise.race([this.#idle.promise, this.ended.catch(() => {})]);
    // A caller may await only some of these.
    for (const { promise } of this.#waited) promise.catch(() => {});
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(event.message));
    };
  }

  /**
   * Lets it load what native sockets need, and take over the sockets that a service manager has
   * bound for this process. Settles with an address for each of those.
   */
  async take(variables: ManagerVariables = {}): Promise<readonly string[]> {
    this.#post({ kind: "take", variables });
    return await this.#taken.promise;
  }

  /** Lets it give up root for the whole process; settles when it has. */
  async become(user: User): Promise<void> {
    this.#post({ kind: "become", user });
    await this.#became.promise;
  }

  /** Lets it bind its sockets; settles when it has. */
  async start(options: PostedOptions): Promise<Started> {
    this.#post({ kind: "start", options });
    return await this.#started.promise;
  }

  /** Lets native sockets receive. */
  release(): void {
    this.#post({ kind: "release" });
  }

  /** Posts a datagram; false when too many wait already. The bytes may be reused at once. */
  deliver(listener: number, bytes: Uint8Array, from: Address): boolean {
    if (this.#inFlight >= MAX_IN_FLIGHT) return false;
    this.#inFlight++;
    // A message copies the whole buffer behind a view.
    this.#post({ kind: "datagram", listener, bytes: bytes.slice(), from });
    return true;
  }

  /** Lets it replace its policy; settles when it has, or has ended. */
  async reconfigure(policy: PostedPolicy, quotaMemory: SharedArrayBuffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reconfiguring.push(resolve);
    this.#post({ kind: "reconfigure", policy, quotaMemory });
    await Promise.race([promise, this.ended.catch(() => {})]);
  }

  /** Lets its transfers end, within so many milliseconds; its sockets stay open. */
  shutdown(drainMs: number): void {
    this.#post({ kind: "shutdown", drainMs });
  }

  /** Lets it close its sockets after that. Settles when it has ended, normally or not. */
  async close(): Promise<void> {
    this.#post({ kind: "close" });
    await this.ended.catch(() => {});
  }

  /** Terminates the thread. */
  terminate(): void {
    this.#worker.terminate();
    this.#ended.resolve();
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "taken":
        return this.#taken.resolve(message.inherited);
      case "became":
        return this.#became.resolve();
      case "reconfigured":
        return this.#reconfiguring.shift()?.();
      case "ready":
        return this.#started.resolve(message);
      case "answer":
        return this.#handlers.answer(message.listener, message.bytes, message.to);
      case "report":
        this.#inFlight -= message.taken;
        unpackRecords(message.records, this.#handlers.log);
        return;
      case "sample":
        return this.#handlers.sampled(message.sample);
      case "failed":
        return this.#fail(fromPostedError(message.error));
      case "idle":
        return this.#idle.resolve();
      case "ended":
        return this.terminate();
    }
  }

  #fail(error: Error): void {
    this.#worker.terminate();
    for (const waited of this.#waited) waited.reject(error);
  }

  get #waited() {
    return [this.#taken, this.#became, this.#started, this.#ended];
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
