/**
 * What a thread with native sockets needs besides its server: sockets that a service manager has
 * bound, the manager itself, files opened by `openat2`, and giving up root.
 */

import type { BindOptions, DatagramHandler, Network, Socket } from "../engine/network.ts";
import { NativeOpener } from "../files/native/native_opener.ts";
import type { Opener } from "../files/opener.ts";
import { type Native, openNative } from "../net/native/mod.ts";
import { becomeUser } from "../net/native/privileges.ts";
import {
  inheritedSockets,
  type ManagerVariable,
  ServiceManager,
} from "../net/native/service_manager.ts";
import type { User } from "../net/native/user.ts";
import type { Server } from "./server.ts";

/** The variables of a service manager, read before the permission is given up. */
export type ManagerVariables = Readonly<Partial<Record<ManagerVariable, string>>>;

export class NativeThread {
  /** Binds sockets, or takes them over from the manager. */
  readonly network: Network;
  readonly opener: Opener;
  readonly #native: Native;
  readonly #fds: number[];
  readonly #manager: ServiceManager | undefined;
  #endLife = () => {};

  /**
   * Loads the C library; nothing is received before {@linkcode NativeThread.release}. Throws
   * `NetworkError`.
   */
  constructor(variables: ManagerVariables = {}) {
    this.#native = openNative({ held: true });
    const { libc, system, network, fileFunctions } = this.#native;
    const env = (name: ManagerVariable) => variables[name];
    this.#fds = inheritedSockets(system, env);
    this.#manager = ServiceManager.find(system, env);
    this.opener = new NativeOpener({
      libc: { ...libc, ...fileFunctions() },
      errno: () => system.errno(),
    }, network);
    this.network = {
      clock: network,
      receiveBufferBytes: network.receiveBufferBytes,
      bind: (options, handler) => this.#bind(options, handler),
    };
  }

  /** Addresses to listen on instead of others: one for each socket of the manager. */
  get inherited(): readonly string[] {
    return this.#fds.map(() => "::");
  }

  /** Switches the process to this user, for good. Throws `NetworkError`. */
  becomeUser(user: User): void {
    becomeUser(this.#native.system, user);
  }

  /** Starts receiving, and tells the manager that the service is ready. */
  release(): void {
    this.#native.network.release();
    this.#manager?.ready("serving");
    this.#endLife = this.#manager?.keepAlive(this.#native.network, () => {}) ?? this.#endLife;
  }

  /** Tells the manager that the configuration is read again, and when `read` is done. */
  reload(read: () => void): void {
    this.#manager?.reloading();
    read();
    this.#manager?.ready("serving");
  }

  /** A server of this thread that tells the manager of its reloads and its end. */
  told(server: Server): Server {
    return {
      ...{ addresses: server.addresses, root: server.root, finished: server.finished },
      get status() {
        return server.status;
      },
      reconfigure: (policy) => this.reload(() => server.reconfigure(policy)),
      shutdown: (drainMs) => {
        this.stop();
        return server.shutdown(drainMs);
      },
    };
  }

  /** Tells the manager that the service stops once running transfers have ended. */
  stop(): void {
    this.#endLife();
    this.#manager?.stopping("waiting for transfers to end");
  }

  #bind(options: BindOptions, handler: DatagramHandler): Socket {
    const { network } = this.#native;
    const fd = options.reportsLocal ? this.#fds.shift() : undefined;
    return fd === undefined ? network.bind(options, handler) : network.adopt(fd, handler, options);
  }
}
