/** Sockets, a clock, sources and sinks that a test controls; nothing happens by itself. */

import {
  type Address,
  type Blocks,
  decodePacket,
  DEFAULT_RECEIVE_BUFFER_BYTES,
  describePacket,
  encodePacket,
  type Packet,
} from "../protocol/mod.ts";
import type { Clock, Ticking } from "../engine/clock.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../engine/network.ts";

/**
 * A socket whose datagrams a test delivers and reads.
 *
 * ```ts
 * import { MemorySocket } from "@tftp/tftp/testing";
 *
 * const socket = new MemorySocket(69);
 * socket.send(new Uint8Array([0, 4, 0, 2]), { hostname: "10.0.0.7", port: 2070 });
 * if (socket.sent[0] !== "ACK 2 to 2070") throw new Error(socket.sent[0]);
 * ```
 */
export class MemorySocket implements Socket {
  /** The address that it is bound to. */
  readonly address: Address;
  /** Bytes of its receive buffer. */
  readonly receiveBufferBytes: number = DEFAULT_RECEIVE_BUFFER_BYTES;
  /** Increases when everything sent has left. */
  turn = 0;
  /** Everything sent so far as text, with the receiver's port: `ACK 1 to 2070`. */
  readonly sent: string[] = [];
  /** Receives what is sent, instead of {@linkcode MemorySocket.sent}. */
  carry: ((bytes: Uint8Array, to: Address) => void) | undefined;
  /** The error to report instead of the next send. */
  sendFault: Error | undefined;
  /** Whether what is sent takes longer than the turn to leave. */
  busy = false;
  /** Whether it was closed. */
  closed = false;
  readonly #handler: DatagramHandler | undefined;
  readonly #clock: Clock | undefined;

  /** `handler` receives what is delivered, at the time of `clock`. */
  constructor(port = 69, hostname = "10.0.0.1", handler?: DatagramHandler, clock?: Clock) {
    this.address = { hostname, port };
    this.#handler = handler;
    this.#clock = clock;
  }

  /** Keeps a datagram as text, or passes it to {@linkcode MemorySocket.carry}. */
  send(bytes: Uint8Array, to: Address): void {
    const fault = this.sendFault;
    this.sendFault = undefined;
    if (fault) this.#handler?.unsendable(fault, to);
    else if (this.carry) this.carry(bytes, to);
    else this.sent.push(`${describePacket(decodePacket(bytes))} to ${to.port}`);
  }

  /** Sends DATA blocks one by one. */
  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) this.send(blocks.packet(index), to);
  }

  /** Ends the turn, unless the socket is busy. */
  flush(): boolean {
    if (!this.busy) this.turn++;
    return !this.busy;
  }

  /** Delivers a datagram. */
  deliver(content: Packet | Uint8Array, from: Address): void {
    const bytes = content instanceof Uint8Array ? content : encodePacket(content);
    try {
      this.#handler?.receive(bytes, from, this.#clock?.nowMs() ?? 0);
    } catch (error) {
      this.#handler?.failed(error);
    }
  }

  /** Closes it, and calls `freed`. */
  close(freed?: () => void): void {
    this.closed = true;
    freed?.();
  }
}

/**
 * Sockets in the order in which they were bound, for a test.
 *
 * ```ts
 * import { Opcode } from "@tftp/tftp/protocol";
 * import { MemoryNetwork } from "@tftp/tftp/testing";
 *
 * const seen: string[] = [];
 * const network = new MemoryNetwork();
 * network.bind({ hostname: "10.0.0.1", port: 69 }, {
 *   receive: (_bytes, from, nowMs) => void seen.push(`port ${from.port} at ${nowMs} ms`),
 *   ...{ unsendable() {}, failed() {}, broken() {} },
 * });
 * network.clock.advance(5);
 * const client = { hostname: "10.0.0.7", port: 2070 };
 * network.sockets[0]!.deliver({ opcode: Opcode.ACK, block: 1 }, client);
 * if (seen[0] !== "port 2070 at 5 ms") throw new Error(seen[0]);
 * ```
 */
export class MemoryNetwork implements Network {
  /** Its clock, which the test controls. */
  readonly clock: ManualClock = new ManualClock();
  /** Bytes of a socket's receive buffer. */
  readonly receiveBufferBytes: number = DEFAULT_RECEIVE_BUFFER_BYTES;
  /** All sockets, in the order in which they were bound. */
  readonly sockets: MemorySocket[] = [];

  /** Binds a socket; every address is available. */
  bind({ hostname, port }: BindOptions, handler: DatagramHandler): MemorySocket {
    const socket = new MemorySocket(port, hostname, handler, this.clock);
    this.sockets.push(socket);
    return socket;
  }
}

/**
 * A clock that stands still until a test moves it.
 *
 * ```ts
 * import { ManualClock } from "@tftp/tftp/testing";
 *
 * const clock = new ManualClock();
 * let rang = false;
 * const cancel = clock.after(1000, () => rang = true);
 * clock.advance(999);
 * cancel();
 * clock.advance(1);
 * if (rang || clock.nowMs() !== 1000) throw new Error("it was cancelled in time");
 * ```
 */
export class ManualClock implements Clock {
  /** Transfers that wait for something other than the network or time. */
  waits = 0;
  #nowMs = 0;
  readonly #tickings = new Set<Ticking>();
  readonly #later = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  /** Milliseconds since it was made. */
  nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `tick` whenever time moves. */
  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
  }

  /** Stops calling it. */
  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
  }

  /** Calls back once so many milliseconds have passed, unless the returned function is called. */
  after(ms: number, callback: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, callback };
    this.#later.add(entry);
    return () => this.#later.delete(entry);
  }

  /** Counts {@linkcode ManualClock.waits}. */
  waiting(change: 1 | -1): void {
    this.waits += change;
  }

  /** Number of receivers of ticks. */
  get listeners(): number {
    return this.#tickings.size + this.#later.size;
  }

  /** Moves time forward; 0 is the end of a turn. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const ticking of this.#tickings) ticking.tick(this.#nowMs);
    this.turn();
  }

  /** Calls back what is due, without ticks. */
  turn(): void {
    for (const entry of [...this.#later]) {
      if (entry.atMs > this.#nowMs || !this.#later.delete(entry)) continue;
      entry.callback();
    }
  }
}

/**
 * A sink that keeps what it gets, and records the calls in order.
 *
 * ```ts
 * import { MemorySink } from "@tftp/tftp/testing";
 *
 * const sink = new MemorySink();
 * sink.write(new TextEncoder().encode("hel"));
 * sink.write(new TextEncoder().encode("lo"));
 * sink.commit();
 * const text = new TextDecoder().decode(sink.bytes);
 * if (text !== "hello" || !sink.committed || sink.abandoned) throw new Error(text);
 * ```
 */
export class MemorySink implements Sink {
  /** The calls as text: `write 512`, `commit`, `abandon`. */
  readonly calls: string[] = [];
  /** Thrown by every write. */
  writeFault: Error | undefined;
  /** Thrown by commit. */
  commitFault: Error | undefined;
  #bytes = new Uint8Array(0);

  /** What was written so far. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Whether it was committed. */
  get committed(): boolean {
    return this.calls.includes("commit");
  }

  /** Whether it was abandoned. */
  get abandoned(): boolean {
    return this.calls.includes("abandon");
  }

  /** Appends bytes. */
  write(bytes: Uint8Array): void {
    if (this.writeFault) throw this.writeFault;
    const longer = new Uint8Array(this.#bytes.length + bytes.length);
    longer.set(this.#bytes);
    longer.set(bytes, this.#bytes.length);
    this.#bytes = longer;
    this.calls.push(`write ${bytes.length}`);
  }

  /** Records that the file is complete. */
  commit(): void {
    if (this.commitFault) throw this.commitFault;
    this.calls.push("commit");
  }

  /** Records that it was abandoned. */
  abandon(): void {
    this.calls.push("abandon");
  }
}

/**
 * A source of bytes in memory.
 *
 * ```ts
 * import { MemorySource } from "@tftp/tftp/testing";
 *
 * const source = new MemorySource(new Uint8Array(700));
 * const counts = [512, 512].map((length) => source.read(new Uint8Array(length)));
 * source.close();
 * if (counts.join() !== "512,188" || !source.closed) throw new Error(counts.join());
 * ```
 */
export class MemorySource implements Source {
  /** The size that it announces. */
  readonly size: number | undefined;
  /** Whether it was closed. */
  closed = false;
  /** Thrown by every read. */
  readFault: Error | undefined;
  #left: Uint8Array;

  /** `size` is the size to announce, whatever it has. */
  constructor(bytes: Uint8Array, size: number | undefined = bytes.length) {
    this.#left = bytes;
    this.size = size;
  }

  /** Returns the next bytes. */
  read(into: Uint8Array): number {
    if (this.readFault) throw this.readFault;
    const piece = this.#left.subarray(0, into.length);
    into.set(piece);
    this.#left = this.#left.subarray(piece.length);
    return piece.length;
  }

  /** Records that it was closed. */
  close(): void {
    this.closed = true;
  }
}
