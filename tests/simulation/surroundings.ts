/** What an end of a simulation is given, and what it tells. */

import type { Machine } from "../../src/protocol/mod.ts";
import type { SimNetwork } from "../helpers/sim_network.ts";
import type { MemorySink, MemorySource } from "./storage.ts";
import type { VirtualTime } from "./virtual_time.ts";
import type { Watch } from "./watch.ts";

/** What all ends of a simulated world share. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly network: SimNetwork;
  readonly watch: Watch;
  /** How late a deadline may be noticed. */
  readonly tickMs: number;
}

/** Decides whose datagrams count; a client has one, a server routes by address instead. */
export interface Gate {
  /** Whether this is for the machine; when not, the gate has dealt with it. */
  admits(from: string, bytes: Uint8Array): boolean;
  /** The machine has taken a datagram from here; returns where packets go from now on. */
  taken(from: string): string;
}

export interface HostSettings {
  readonly machine: Machine;
  readonly address: string;
  readonly peer: string;
  readonly source?: MemorySource | undefined;
  readonly sink?: MemorySink | undefined;
  readonly gate?: Gate;
  /** Called when the transfer is whole or has failed, and when the machine will never act again. */
  readonly settled?: (outcome: Outcome) => void;
  readonly ended?: () => void;
}

export interface Outcome {
  readonly error?: Error;
  readonly note?: string;
  readonly atMs: number;
}

/** What an end has done so far. */
export interface HostCounts {
  data: number;
  acks: number;
  timeouts: number;
  overflows: number;
}
