/**
 * A client in a simulation: a request on a port of its own, the gate that knows the server's TID,
 * and one plain request more when the server does not answer to options. As src/client.ts has it.
 */

import {
  type Address,
  type Machine,
  Opcode,
  refusesOptions,
  type RequestPacket,
  TidGate,
} from "../../src/protocol/mod.ts";
import { Host } from "./host.ts";
import type { MemorySink, MemorySource } from "./storage.ts";
import type { Gate, Outcome, Surroundings } from "./surroundings.ts";
import { unknownTid } from "./wire.ts";

export const SERVER_ADDRESS = "server:69";
const FIRST_PORT = 50_000;

/** A client's machine: it knows whether it was answered. */
export interface Opening extends Machine {
  readonly answered: boolean;
}

export interface ClientPlan {
  readonly packet: RequestPacket;
  /** Makes the machine of an attempt. */
  open(packet: RequestPacket): Opening;
  readonly source?: MemorySource | undefined;
  readonly sink?: MemorySink | undefined;
  /** Whether to ask once more without options. */
  readonly fallsBack: boolean;
}

export class ClientEnd {
  /** One host per attempt; the last one is the transfer's. */
  readonly hosts: Host[] = [];
  readonly #plan: ClientPlan;
  readonly #world: Surroundings;
  /** The request of the running attempt. */
  request: RequestPacket;
  #gate: ClientGate | undefined;

  constructor(plan: ClientPlan, world: Surroundings) {
    this.#plan = plan;
    this.request = plan.packet;
    this.#world = world;
  }

  /** The running attempt, or the last one. */
  get host(): Host {
    return this.hosts.at(-1)!;
  }

  get outcome(): Outcome | undefined {
    return this.host.outcome;
  }

  /** The server's TID, once it is known. */
  get pinned(): string | undefined {
    return this.#gate?.pinned;
  }

  start(): void {
    this.#attempt(this.#plan.packet);
  }

  #attempt(packet: RequestPacket): void {
    const { source, sink } = this.#plan;
    const { network, time } = this.#world;
    const address = `client:${FIRST_PORT + this.hosts.length}`;
    const machine = this.#plan.open(packet);
    this.request = packet;
    const gate = new ClientGate(machine, { address, ...this.#world });
    this.#gate = gate;
    const host: Host = new Host({
      machine,
      address,
      peer: SERVER_ADDRESS,
      source,
      sink,
      gate,
      settled: ({ error }) => {
        const plainly = packet.options.length > 0 && this.#plan.fallsBack;
        if (!plainly || !error || !refusesOptions(error, machine.answered)) return;
        time.at(time.nowMs, () => this.#attempt({ ...packet, options: [] }));
      },
      ended: () => network.detach(address),
    }, this.#world);
    this.hosts.push(host);
    network.attach(address, (bytes, from) => host.deliver(bytes, from));
    host.start();
  }
}

class ClientGate implements Gate {
  readonly #gate = new TidGate(addressOf(SERVER_ADDRESS));
  readonly #machine: Opening;
  readonly #world: Surroundings & { readonly address: string };
  pinned: string | undefined;

  constructor(machine: Opening, world: Surroundings & { readonly address: string }) {
    this.#machine = machine;
    this.#world = world;
  }

  admits(from: string, bytes: Uint8Array): boolean {
    if (from === this.pinned || this.#gate.admits(addressOf(from))) return true;
    if (bytes[1] !== Opcode.ERROR && this.#gate.answersStranger()) {
      this.#world.network.send(this.#world.address, from, unknownTid());
    }
    return false;
  }

  taken(from: string): string {
    if (this.pinned === undefined && this.#machine.answered) {
      this.#gate.pin(addressOf(from));
      this.pinned = from;
    }
    return this.pinned ?? SERVER_ADDRESS;
  }
}

function addressOf(text: string): Address {
  const [hostname, port] = text.split(":");
  return { hostname: hostname!, port: Number(port) };
}
