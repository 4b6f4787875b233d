/**
 * A server without I/O of its own: the ports of a network, the rules, and the running transfers.
 * Sockets, clock and files are given to it, so a simulation runs this same server. Pure.
 */

import type { Address } from "../protocol/mod.ts";
import { NetworkError } from "../engine/errors.ts";
import type { Handler } from "../engine/handler.ts";
import type { BindOptions, Network } from "../engine/network.ts";
import { Port } from "../engine/port.ts";
import { LARGE_BUFFER_BYTES, poolSizeFor, TidPool } from "../engine/tid_pool.ts";
import { Admission } from "./admission.ts";
import { poolPorts, type PortRange } from "./listen.ts";
import { describeError, type LoggedTransfer, type LogRecord } from "./log_record.ts";
import type { ServePolicy } from "./policy.ts";
import type { RateLimiter } from "./rate_limit.ts";
import { Requests } from "./requests.ts";
import { isServedHere } from "./shard.ts";
import type { Transfer } from "./transfer.ts";
import type { UploadQuota } from "./upload_quota.ts";

/**
 * The sizes of a server's tables; each has a bound.
 *
 * ```ts
 * import { serve, type ServerStatus } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const isIdle = ({ transfers, clients }: ServerStatus) => transfers === 0 && clients === 0;
 * const network = new MemoryLan().machine("10.0.0.1");
 * await using server = serve({ network, handler: () => "welcome\n" });
 * if (!isIdle(server.status)) throw new Error("nobody has asked yet");
 * ```
 */
export interface ServerStatus {
  /** Number of running transfers. */
  readonly transfers: number;
  /** Number of clients of these. */
  readonly clients: number;
  /** Open sockets, the listening ones included. */
  readonly sockets: number;
  /** Addresses remembered, in all tables. */
  readonly remembered: number;
}

export interface ServerCoreSettings {
  readonly network: Network;
  /** Opens the files. */
  readonly handler: Handler;
  readonly quota: UploadQuota;
  readonly policy: ServePolicy;
  /** Makes the counter for `rate`, where several threads share it. @default {this thread alone} */
  shareRate?(bytesPerSecond: number): RateLimiter;
  /** Answer from the listening port itself. */
  readonly singlePort: boolean;
  /** How long the last ACK of an upload is repeated, in milliseconds. @default {12000} */
  readonly dallyMs?: number;
  /** Called when the file of a transfer is open, before its first answer leaves. */
  begun?(transfer: Transfer): void;
  /** Called when a transfer has settled, started or not; may add to its log record. */
  settled?(record: LoggedTransfer, transfer: Transfer): LoggedTransfer | void;
  /** Called when a transfer is over and forgotten. */
  ended?(transfer: Transfer): void;
  log(record: LogRecord): void;
  /** Called when a socket fails again and again. */
  broken(error: unknown): void;
  /** Called when a shutdown has no more transfers to wait for: `close` closes the sockets. */
  idle?(close: () => void): void;
}

export class ServerCore {
  readonly #settings: ServerCoreSettings;
  readonly #listeners: Port[] = [];
  readonly #pool: Port[] = [];
  readonly #pools = new Map<Port, TidPool>();
  readonly #admission: Admission;
  readonly #requests: Requests;
  /** Called when the last transfer is over. */
  #whenIdle: (() => void) | undefined;

  constructor(settings: ServerCoreSettings) {
    this.#settings = settings;
    const { network, handler, policy, shareRate, dallyMs, singlePort, log } = settings;
    const { clock } = network;
    this.#admission = new Admission({
      ...{ handler, clock, policy },
      // Looked up again with each policy, which may name another folder.
      get quota() {
        return settings.quota;
      },
      ...(shareRate ? { shareRate } : {}),
      ...(dallyMs === undefined ? {} : { dallyMs }),
      begun: (transfer) => settings.begun?.(transfer),
      settled: (record, transfer) => log(settings.settled?.(record, transfer) ?? record),
      ended: (transfer) => {
        settings.ended?.(transfer);
        if (this.#admission.transfers.held === 0) this.#whenIdle?.();
      },
      internalError: (error) => log({ kind: "error", message: describeError(error) }),
    });
    this.#requests = new Requests({
      ...{ clock, singlePort, log },
      eager: network.receiveBufferBytes >= LARGE_BUFFER_BYTES,
      admission: this.#admission,
      admit: ({ request, from, port }, refused) =>
        this.#admission.admit(request, from, { pool: this.#pools.get(port)!, refused }),
    });
  }

  /** Where it listens. */
  get addresses(): readonly Address[] {
    return this.#listeners.map(({ socket }) => socket.address);
  }

  get status(): ServerStatus {
    const { transfers, validated } = this.#admission;
    const pools = [...this.#pools.values()].reduce((sum, pool) => sum + pool.remembered, 0);
    return {
      transfers: transfers.held,
      clients: transfers.clients,
      sockets: this.#ports.length,
      remembered: pools + validated.size + this.#requests.remembered,
    };
  }

  /** Number of requests in the queue. */
  get waiting(): number {
    return this.#requests.waiting;
  }

  set policy(policy: ServePolicy) {
    this.#admission.policy = policy;
  }

  /** Number of routes to transfers; the same as that of transfers. */
  get routes(): number {
    return this.#ports.reduce((sum, port) => sum + port.routes, 0);
  }

  /** Transfers that have not settled. */
  get running(): number {
    return this.#admission.transfers.all().filter(({ settled }) => !settled).length;
  }

  /**
   * Listens at an address, and binds a pool of ports to answer from, unless the listening port is
   * the pool. Throws `NetworkError` when an address can't be bound; sockets that were bound before
   * stay open until {@linkcode ServerCore.close}.
   */
  listen(where: BindOptions, range?: PortRange): void {
    const { network, singlePort } = this.#settings;
    const listener = new Port(network, where, {
      ...this.#portHandlers,
      listens: true,
      unrouted: (bytes, from, port) => {
        // Every thread gets a broadcast: the one that gets the rest of its client answers.
        if (!from.broadcast || isServedHere(from.hostname, where.shared)) {
          this.#requests.receive(bytes, from, port);
        }
      },
    });
    this.#listeners.push(listener);
    const pool = singlePort ? [listener] : this.#bindPool(where, range);
    this.#pools.set(listener, new TidPool(pool));
  }

  /** Any free ports, or those of a range that are free. */
  #bindPool(where: BindOptions, range: PortRange | undefined): Port[] {
    const pool: Port[] = [];
    let refusal: unknown;
    const size = poolSizeFor(this.#settings.network.receiveBufferBytes);
    for (const port of poolPorts(size, range)) {
      if (pool.length === size) break;
      try {
        pool.push(this.#bindAnswering({ ...where, port }));
      } catch (error) {
        // Another program may use a port of the range.
        if (!range) throw error;
        refusal = error;
      }
    }
    if (!range || pool.length > 0) return pool;
    const { first, last } = range;
    const reason = (refusal as Error).message;
    throw new NetworkError(`Can't bind any port from ${first} to ${last}: ${reason}`);
  }

  #bindAnswering({ shared: _, reportsLocal: __, ...where }: BindOptions): Port {
    const port = new Port(this.#settings.network, where, {
      ...this.#portHandlers,
      listens: false,
      unrouted: (bytes, from, port) => this.#requests.tellStranger(bytes, from, port),
    });
    this.#pool.push(port);
    return port;
  }

  get #portHandlers() {
    const { log, broken } = this.#settings;
    return {
      failed: (error: unknown) => log({ kind: "error", message: describeError(error) }),
      broken,
    };
  }

  /**
   * Accepts no more requests, gives running transfers so many milliseconds to end, ends the rest
   * with ERROR 0, and closes all sockets. It calls `done` when their ports are free.
   */
  shutdown(drainMs: number, done: () => void): void {
    this.#requests.close();
    // Another server may listen here while the last transfers end.
    if (!this.#settings.singlePort) { for (const port of this.#listeners) port.socket.close(); }
    const end = () => this.#end(done);
    if (drainMs <= 0 || this.running === 0) return end();
    const { clock } = this.#settings.network;
    const stop = clock.after(drainMs, end);
    this.#whenIdle = () => {
      stop();
      end();
    };
  }

  /** Closes all sockets at once, and calls `freed` when their ports are free. */
  close(freed?: () => void): void {
    this.#requests.close();
    const ports = this.#ports;
    let left = ports.length;
    for (const { socket } of ports) socket.close(() => --left === 0 && freed?.());
  }

  #end(done: () => void): void {
    const { transfers } = this.#admission;
    this.#whenIdle = undefined;
    for (const transfer of transfers.all()) transfer.cancel("Server is shutting down");
    const finish = () => {
      this.#whenIdle = undefined;
      const close = () => this.close(done);
      if (this.#settings.idle) this.#settings.idle(close);
      else close();
    };
    // A commit under way is not interrupted.
    if (transfers.held === 0) finish();
    else this.#whenIdle = finish;
  }

  get #ports(): readonly Port[] {
    return [...this.#listeners, ...this.#pool];
  }
}
