/**
 * A server in a simulation: the front door, and a TID of its own for every transfer. As
 * src/server.ts has it: a repeated request is ignored while its transfer runs, another request
 * retires it, and what belongs to no transfer gets ERROR 5.
 */

import {
  CancelledError,
  decodePacket,
  type Machine,
  Opcode,
  type RequestPacket,
} from "../../src/protocol/mod.ts";
import { SERVER_ADDRESS } from "./client_end.ts";
import { Host } from "./host.ts";
import type { MemorySink, MemorySource } from "./storage.ts";
import type { Surroundings } from "./surroundings.ts";
import { unknownTid } from "./wire.ts";

const FIRST_TID = 4000;

export interface Cargo {
  readonly machine: Machine;
  readonly source?: MemorySource | undefined;
  readonly sink?: MemorySink | undefined;
}

export class ServerEnd {
  /** One host per request that was not a repetition. */
  readonly hosts: Host[] = [];
  readonly #admit: (request: RequestPacket) => Cargo;
  readonly #world: Surroundings;
  readonly #transfers = new Map<string, { host: Host; request: RequestPacket }>();

  constructor(admit: (request: RequestPacket) => Cargo, world: Surroundings) {
    this.#admit = admit;
    this.#world = world;
    world.network.attach(SERVER_ADDRESS, (bytes, from) => this.#knock(bytes, from));
  }

  #knock(bytes: Uint8Array, from: string): void {
    const packet = decodePacket(bytes);
    if (packet.opcode !== Opcode.RRQ && packet.opcode !== Opcode.WRQ) return;
    const running = this.#transfers.get(from);
    if (running && !running.host.outcome) {
      const { opcode, filename } = running.request;
      if (opcode === packet.opcode && filename === packet.filename) return;
      running.host.retire(new CancelledError("The client began another transfer"));
    }
    this.#begin(packet, from);
  }

  #begin(request: RequestPacket, client: string): void {
    const { network } = this.#world;
    const address = `server:${FIRST_TID + this.hosts.length}`;
    const ended = () => {
      if (this.#transfers.get(client)?.host === host) this.#transfers.delete(client);
    };
    const cargo = this.#admit(request);
    const host: Host = new Host({ ...cargo, address, peer: client, ended }, this.#world);
    this.hosts.push(host);
    this.#transfers.set(client, { host, request });
    network.attach(address, (bytes, from) => {
      const isStray = from !== client || host.ended;
      if (isStray && bytes[1] !== Opcode.ERROR) network.send(address, from, unknownTid());
      if (from === client) host.deliver(bytes, from);
    });
    host.start();
  }
}
