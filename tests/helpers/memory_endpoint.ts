/** The runtime's world in memory: a socket, a clock and files that a test holds in its hands. */

import {
  type Address,
  decodePacket,
  describePacket,
  encodePacket,
  type Packet,
} from "../../src/protocol/mod.ts";
import type { Clock, Ticking } from "../../src/engine/clock.ts";
import type { Sink, Source } from "../../src/engine/ends.ts";
import type { Endpoint } from "../../src/net/endpoint.ts";

/** A socket whose datagrams a test delivers, and reads when they are sent. */
export class MemoryEndpoint implements Endpoint {
  readonly address: Address;
  /** Everything sent so far, in words, with the receiver's port: `ACK 1 to 2070`. */
  readonly sent: string[] = [];
  /** Thrown by the next send. */
  sendFault: Error | undefined;
  /** Thrown by this many receives. */
  receiveFaults: Error[] = [];
  closed = false;
  readonly #queue: [Uint8Array, Address][] = [];
  #waiting: PromiseWithResolvers<[Uint8Array, Address]> | undefined;

  constructor(port = 69, hostname = "10.0.0.1") {
    this.address = { hostname, port };
  }

  receive(): Promise<[Uint8Array, Address]> {
    const fault = this.receiveFaults.shift();
    if (fault) return Promise.reject(fault);
    const next = this.#queue.shift();
    if (next) return Promise.resolve(next);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  send(bytes: Uint8Array, to: Address): Promise<void> {
    const fault = this.sendFault;
    this.sendFault = undefined;
    if (fault) return Promise.reject(fault);
    this.sent.push(`${describePacket(decodePacket(bytes))} to ${to.port}`);
    return Promise.resolve();
  }

  /** Lets a datagram arrive. */
  deliver(content: Packet | Uint8Array, from: Address): void {
    const bytes = content instanceof Uint8Array ? content : encodePacket(content);
    if (this.#waiting) {
      this.#waiting.resolve([bytes, from]);
      this.#waiting = undefined;
    } else this.#queue.push([bytes, from]);
  }

  close(): void {
    this.closed = true;
    this.#waiting?.reject(new Error("closed"));
  }
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #tickings = new Set<Ticking>();

  nowMs(): number {
    return this.#nowMs;
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
  }

  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
  }

  /** How many want to be told of time. */
  get listeners(): number {
    return this.#tickings.size;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const ticking of this.#tickings) ticking.tick(this.#nowMs);
  }
}

/** A sink that keeps what it gets, and tells what was done to it, in order. */
export class MemorySink implements Sink {
  readonly deeds: string[] = [];
  /** Thrown by every write. */
  writeFault: Error | undefined;
  /** Thrown by commit. */
  commitFault: Error | undefined;
  #bytes = new Uint8Array(0);

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get committed(): boolean {
    return this.deeds.includes("commit");
  }

  get abandoned(): boolean {
    return this.deeds.includes("abandon");
  }

  write(bytes: Uint8Array): void {
    if (this.writeFault) throw this.writeFault;
    const longer = new Uint8Array(this.#bytes.length + bytes.length);
    longer.set(this.#bytes);
    longer.set(bytes, this.#bytes.length);
    this.#bytes = longer;
    this.deeds.push(`write ${bytes.length}`);
  }

  commit(): void {
    if (this.commitFault) throw this.commitFault;
    this.deeds.push("commit");
  }

  abandon(): void {
    this.deeds.push("abandon");
  }
}

/** A source of bytes that are here. */
export class MemorySource implements Source {
  readonly size: number | undefined;
  closed = false;
  /** Thrown by every read. */
  readFault: Error | undefined;
  #left: Uint8Array;

  constructor(bytes: Uint8Array, size: number | undefined = bytes.length) {
    this.#left = bytes;
    this.size = size;
  }

  read(into: Uint8Array): number {
    if (this.readFault) throw this.readFault;
    const piece = this.#left.subarray(0, into.length);
    into.set(piece);
    this.#left = this.#left.subarray(piece.length);
    return piece.length;
  }

  close(): void {
    this.closed = true;
  }
}

/** Lets everything that is ready to run, run: many turns of the microtask queue. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
