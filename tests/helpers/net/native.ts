/** A native network for tests, and sockets of it that keep what they were told. */

import type { BindOptions, DatagramHandler, Peer } from "../../../src/engine/network.ts";
import type { Address } from "../../../src/protocol/mod.ts";
import { type FileFunctions, type Libc, loadLibc } from "../../../src/net/native/libc.ts";
import { NativeNetwork } from "../../../src/net/native/mod.ts";
import type { NativeSocket } from "../../../src/net/native/native_socket.ts";
import { until } from "../sim/within.ts";

/** What has happened at a socket. */
export class Told implements DatagramHandler {
  readonly received: { bytes: Uint8Array; from: Peer }[] = [];
  readonly unsent: { error: Error; to: Address }[] = [];
  readonly errors: unknown[] = [];
  isBroken = false;

  receive(bytes: Uint8Array, from: Peer): void {
    this.received.push({ bytes: bytes.slice(), from });
  }

  unsendable(error: Error, to: Address): void {
    this.unsent.push({ error, to });
  }

  failed(error: unknown): void {
    this.errors.push(error);
  }

  broken(): void {
    this.isBroken = true;
  }

  /** Waits until so many datagrams have come, and answers them as text. */
  async texts(count: number): Promise<string[]> {
    await until(() => this.received.length >= count, `datagram ${count}`);
    return this.received.map(({ bytes }) => new TextDecoder().decode(bytes));
  }

  /** Waits until so many datagrams could not be sent. */
  async refusals(count: number): Promise<string[]> {
    await until(() => this.unsent.length >= count, `refusal ${count}`);
    return this.unsent.map(({ error }) => error.message);
  }
}

/** A network whose sockets are all closed at the end, and whose loop has then ended. */
export class NativePlace implements AsyncDisposable {
  readonly network: NativeNetwork;
  readonly #sockets: NativeSocket[] = [];

  /** `change` puts functions of its own in place of the system's. */
  constructor(change: (libc: Libc) => Partial<Libc> = () => ({}), settings = {}) {
    const libc = takenLibc();
    this.network = new NativeNetwork({ ...libc, ...change(libc) }, settings);
  }

  bind(options: Partial<BindOptions> = {}, told: DatagramHandler = new Told()): NativeSocket {
    const socket = this.network.bind({ hostname: "127.0.0.1", port: 0, ...options }, told);
    this.#sockets.push(socket);
    return socket;
  }

  /** A socket, and what it is told. */
  open(options: Partial<BindOptions> = {}): { socket: NativeSocket; told: Told } {
    const told = new Told();
    return { socket: this.bind(options, told), told };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.network.ended;
  }
}

/** Loaded once: a library that is loaded within a test would count as a leak of it. */
const taken = loadLibc();
const files = typeof taken === "string" ? undefined : taken.fileFunctions();

/** The C library's functions; the tests run where they may be had. */
export function takenLibc(): Libc & FileFunctions {
  if (typeof taken === "string") throw new Error(taken);
  return { ...taken.libc, ...files! };
}

/** Whether this machine has no native sockets at all: elsewhere than on Linux nothing is tested. */
export const LACKS_NATIVE = Deno.build.os !== "linux";

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
