/**
 * A machine on the simulated network: sockets with receive buffers of limited size, and a clock of
 * virtual time. The product's own driver, client and server run on it. While it stalls, datagrams
 * wait in the buffers and deadlines pass unnoticed.
 */

import {
  type Address,
  type Blocks,
  DATA_HEADER_BYTES,
  DEFAULT_RECEIVE_BUFFER_BYTES,
  Opcode,
  stampHeader,
} from "../../src/protocol/mod.ts";
import type { Clock, Ticking } from "../../src/engine/clock.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../../src/engine/network.ts";
import type { SimNetwork } from "../helpers/sim/sim_network.ts";
import type { VirtualTime } from "./virtual_time.ts";
import type { Watch } from "./watch.ts";

/** What the kernel charges for a datagram beside its bytes. */
const CHARGE_BYTES = 512;

/** How soon something is looked at that can't say when it is due. */
const UNKNOWN_MS = 100;

/** The first port that the system of a node chooses. */
const FIRST_PORTS: Readonly<Record<string, number>> = { client: 50_000, server: 4000 };

/** What all machines of a simulated world share. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly network: SimNetwork;
  readonly watch: Watch;
  /** How late a deadline may be noticed. */
  readonly tickMs: number;
}

/** Hears of what a node sends and takes in. */
export interface Tap {
  sends(bytes: Uint8Array, from: Address, to: Address): void;
  takes(bytes: Uint8Array): void;
  taken(): void;
}

export class Node implements Network {
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  readonly clock: NodeClock;
  /** Datagrams that found a receive buffer full. */
  overflows = 0;
  readonly name: string;
  readonly world: Surroundings;
  readonly tap: Tap;
  #nextPort: number;
  #stalledUntilMs = -Infinity;
  readonly #waiting: (() => void)[] = [];

  constructor(name: string, world: Surroundings, tap: Tap) {
    this.name = name;
    this.world = world;
    this.tap = tap;
    this.clock = new NodeClock(this);
    this.#nextPort = FIRST_PORTS[name]!;
  }

  get stalled(): boolean {
    return this.world.time.nowMs < this.#stalledUntilMs;
  }

  bind({ port }: BindOptions, handler: DatagramHandler): NodeSocket {
    return new NodeSocket(this, port === 0 ? this.#nextPort++ : port, handler);
  }

  /** Does nothing for a while, as a process does that waits for its disk. */
  stall(forMs: number): void {
    const { time, watch } = this.world;
    watch.note(this.name, `stalls for ${forMs} ms`);
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, time.nowMs + forMs);
    time.at(time.nowMs + forMs, () => this.#goOn());
  }

  /** Runs something when the node does not stall. */
  run(act: () => void): void {
    if (this.stalled) this.#waiting.push(act);
    else {
      act();
      this.clock.arm();
    }
  }

  #goOn(): void {
    if (this.stalled) return;
    for (const act of this.#waiting.splice(0)) this.run(act);
    this.clock.arm();
  }
}

class NodeSocket implements Socket {
  readonly address: Address;
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  /** What is sent is on its way at once. */
  turn = 0;
  readonly #node: Node;
  readonly #handler: DatagramHandler;
  #bufferedBytes = 0;
  #closed = false;

  constructor(node: Node, port: number, handler: DatagramHandler) {
    this.#node = node;
    this.#handler = handler;
    this.address = { hostname: node.name, port };
    node.world.network.attach(textOf(this.address), (bytes, from) => this.#arrive(bytes, from));
  }

  send(bytes: Uint8Array, to: Address): void {
    if (this.#closed) return;
    const { world, tap } = this.#node;
    tap.sends(bytes, this.address, to);
    world.network.send(textOf(this.address), textOf(to), bytes.slice());
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    for (let index = first; index <= last; index++) {
      // Either way of sending a block must give the same bytes; the receivers look at them.
      this.send(index % 2 === 0 ? blocks.packet(index) : gathered(blocks, index), to);
    }
  }

  flush(): boolean {
    this.turn++;
    return true;
  }

  whenSent(callback: () => void): void {
    const { time } = this.#node.world;
    time.at(time.nowMs, () => this.#node.run(callback));
  }

  close(freed?: () => void): void {
    this.#closed = true;
    this.#node.world.network.detach(textOf(this.address));
    freed?.();
  }

  #arrive(bytes: Uint8Array, from: string): void {
    const charge = bytes.length + CHARGE_BYTES;
    if (this.#bufferedBytes + charge > this.receiveBufferBytes) {
      this.#node.overflows++;
      return;
    }
    this.#bufferedBytes += charge;
    this.#node.run(() => {
      this.#bufferedBytes -= charge;
      if (!this.#closed) this.#take(bytes, addressOf(from));
    });
  }

  #take(bytes: Uint8Array, from: Address): void {
    const { tap, world } = this.#node;
    tap.takes(bytes);
    this.#handler.receive(bytes, from, world.time.nowMs);
    tap.taken();
    // The buffer is received into again: nobody may have kept a view of it.
    bytes.fill(0xee);
  }
}

/** Virtual time, as one node sees it. */
class NodeClock implements Clock {
  readonly #node: Node;
  readonly #tickings = new Set<Ticking>();
  #alarmAtMs = Infinity;

  constructor(node: Node) {
    this.#node = node;
  }

  /** How many want to be told of time. */
  get listeners(): number {
    return this.#tickings.size;
  }

  nowMs(): number {
    return this.#node.world.time.nowMs;
  }

  add(ticking: Ticking): void {
    this.#tickings.add(ticking);
  }

  remove(ticking: Ticking): void {
    this.#tickings.delete(ticking);
  }

  after(ms: number, callback: () => void): () => void {
    let stopped = false;
    this.#node.world.time.at(this.nowMs() + ms, () => {
      if (!stopped) this.#node.run(callback);
    });
    return () => stopped = true;
  }

  waiting(): void {
    // Virtual time goes on whatever is waited for; what is ready runs by itself.
    this.#node.world.time.at(this.nowMs(), () => this.arm());
  }

  /** Sees to it that everybody is told when the first of them is due. */
  arm(): void {
    let dueMs = Infinity;
    for (const ticking of this.#tickings) {
      dueMs = Math.min(dueMs, ticking.tick(-Infinity) ?? this.nowMs() + UNKNOWN_MS);
    }
    if (dueMs >= this.#alarmAtMs) return;
    const { tickMs, time } = this.#node.world;
    const ticked = tickMs > 0 ? Math.ceil(dueMs / tickMs) * tickMs : dueMs;
    this.#alarmAtMs = Math.max(ticked, this.nowMs());
    const atMs = this.#alarmAtMs;
    time.at(atMs, () => {
      if (this.#alarmAtMs !== atMs) return;
      this.#alarmAtMs = Infinity;
      // What was missed while the node stalled lies in its sockets, and they come first.
      if (!this.#node.stalled) this.#node.run(() => this.#tick());
    });
  }

  #tick(): void {
    const nowMs = this.nowMs();
    for (const ticking of this.#tickings) ticking.tick(nowMs);
  }
}

/** A block as sockets send it that take header and payload from two places. */
function gathered(blocks: Blocks, index: number): Uint8Array {
  const payload = blocks.payload(index, index);
  const bytes = new Uint8Array(DATA_HEADER_BYTES + payload.length);
  stampHeader(bytes, 0, Opcode.DATA, blocks.wireNumber(index));
  bytes.set(payload, DATA_HEADER_BYTES);
  return bytes;
}

export function textOf({ hostname, port }: Address): string {
  return `${hostname}:${port}`;
}

export function addressOf(text: string): Address {
  const [hostname, port] = text.split(":");
  return { hostname: hostname!, port: Number(port) };
}
