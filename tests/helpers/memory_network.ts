/** The engine's world in memory: sockets, a clock and files that a test holds in its hands. */

import {
  type Address,
  type Blocks,
  decodePacket,
  DEFAULT_RECEIVE_BUFFER_BYTES,
  describePacket,
  encodePacket,
  type Packet,
} from "../../src/protocol/mod.ts";
import type { Clock, Ticking } from "../../src/engine/clock.ts";
import type { Sink, Source } from "../../src/engine/ends.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../../src/engine/network.ts";

/** A socket whose datagrams a test delivers, and reads when they are sent. */
export class MemorySocket implements Socket {
  readonly address: Address;
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  turn = 0;
  /** Everything sent so far, in words, with the receiver's port: `ACK 1 to 2070`. */
  readonly sent: string[] = [];
  /** Takes what is sent, instead of {@linkcode MemorySocket.sent}. */
  carry: ((bytes: Uint8Array, to: Address) => void) | undefined;
  /** Told instead of the next send. */
  sendFault: Error | undefined;
  /** Whether what is sent takes longer than the turn to leave. */
  busy = false;
  closed = false;
  readonly #handler: DatagramHandler | undefined;
  readonly #clock: Clock | undefined;

  constructor(port = 69, hostname = "10.0.0.1", handler?: DatagramHandler, clock?: Clock) {
    this.address = { hostname, port };
    this.#handler = handler;
    this.#clock = clock;
  }

  send(bytes: Uint8Array, to: Address): void {
    const fault = this.sendFault;
    this.sendFault = undefined;
    if (fault) this.#handler?.unsendable(fault, to);
    else if (this.carry) this.carry(bytes, to);
    else this.sent.push(`${describePacket(decodePacket(bytes))} to ${to.port}`);
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) this.send(blocks.packet(index), to);
  }

  flush(): boolean {
    if (!this.busy) this.turn++;
    return !this.busy;
  }

  /** Lets a datagram arrive. */
  deliver(content: Packet | Uint8Array, from: Address): void {
    const bytes = content instanceof Uint8Array ? content : encodePacket(content);
    try {
      this.#handler?.receive(bytes, from, this.#clock?.nowMs() ?? 0);
    } catch (error) {
      this.#handler?.failed(error);
    }
  }

  close(): void {
    this.closed = true;
  }
}

/** Sockets that a test reaches by the order in which they were bound. */
export class MemoryNetwork implements Network {
  readonly clock = new ManualClock();
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  readonly sockets: MemorySocket[] = [];

  bind({ hostname, port }: BindOptions, handler: DatagramHandler): MemorySocket {
    const socket = new MemorySocket(port, hostname, handler, this.clock);
    this.sockets.push(socket);
    return socket;
  }
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  /** Transfers that wait for something other than the network or time. */
  waits = 0;
  #nowMs = 0;
  readonly #tickings = new Set<Ticking>();
  readonly #later = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
  }

  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, callback };
    this.#later.add(entry);
    return () => this.#later.delete(entry);
  }

  waiting(change: 1 | -1): void {
    this.waits += change;
  }

  /** How many want to be told of time. */
  get listeners(): number {
    return this.#tickings.size + this.#later.size;
  }

  /** Lets time pass; 0 is the end of a turn. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const ticking of this.#tickings) ticking.tick(this.#nowMs);
    this.turn();
  }

  /** Calls back what is due, and tells nobody the time. */
  turn(): void {
    for (const entry of [...this.#later]) {
      if (entry.atMs > this.#nowMs || !this.#later.delete(entry)) continue;
      entry.callback();
    }
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
