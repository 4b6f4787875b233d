/**
 * What a thread that serves by native sockets has beside its server: sockets that a service manager
 * has bound, the manager itself, files opened by the system's own rule, and root to give up.
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

/** What the environment says of a service manager, read while that is allowed. */
export type ManagerVariables = Readonly<Partial<Record<ManagerVariable, string>>>;

export class NativeThread {
  /** Where sockets are bound, or taken over from the manager. */
  readonly network: Network;
  readonly opener: Opener;
  readonly #native: Native;
  readonly #fds: number[];
  readonly #manager: ServiceManager | undefined;
  #endLife = () => {};

  /**
   * Takes the C library; nothing is received before {@linkcode NativeThread.release}. Throws
   * `NetworkError`.
   */
  constructor(variables: ManagerVariables = {}) {
    this.#native = openNative({ held: true });
    const { system, network } = this.#native;
    const env = (name: ManagerVariable) => variables[name];
    this.#fds = inheritedSockets(system, env);
    this.#manager = ServiceManager.find(system, env);
    this.opener = new NativeOpener(system);
    this.network = {
      clock: network,
      receiveBufferBytes: network.receiveBufferBytes,
      bind: (options, handler) => this.#bind(options, handler),
    };
  }

  /** Addresses to listen on in place of others: one for each socket of the manager's. */
  get inherited(): readonly string[] {
    return this.#fds.map(() => "::");
  }

  /** Makes the process this user's, for good. Throws `NetworkError`. */
  becomeUser(user: User): void {
    becomeUser(this.#native.system, user);
  }

  /** Begins to receive, and tells the manager that the service is ready. */
  release(): void {
    this.#native.network.release();
    this.#manager?.ready("serving");
    this.#endLife = this.#manager?.keepAlive(this.#native.network, () => {}) ?? this.#endLife;
  }

  /** The configuration is read again; what does that is told between the two. */
  reload(read: () => void): void {
    this.#manager?.reloading();
    read();
    this.#manager?.ready("serving");
  }

  /** The service ends once what is under way has ended. */
  stop(): void {
    this.#endLife();
    this.#manager?.stopping("waiting for transfers to end");
  }

  #bind(options: BindOptions, handler: DatagramHandler): Socket {
    const { network } = this.#native;
    const fd = options.tellsAsked ? this.#fds.shift() : undefined;
    return fd === undefined ? network.bind(options, handler) : network.adopt(fd, handler, options);
  }
}
