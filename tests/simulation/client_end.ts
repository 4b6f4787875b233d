/**
 * The client of a simulation: the product's own attempt on a simulated machine, and one plain
 * request more when the server does not answer to options, as src/client/client.ts has it.
 */

import {
  DEFAULT_TIMING,
  refusesOptions,
  type RequestPacket,
  type RequestSettings,
} from "../../src/protocol/mod.ts";
import { Attempt, type Opening } from "../../src/client/attempt.ts";
import { End, type Outcome } from "./end.ts";
import { Monitor } from "./monitor.ts";
import { addressOf, Node, type Surroundings, textOf } from "./node.ts";
import type { MemorySink, MemorySource } from "./storage.ts";

export const SERVER_ADDRESS = "server:69";

/** Repeats of an end that waits as long as it takes. */
const PATIENCE = 1000;

/** Longer than any fault lasts, and then as long as the longest wait. */
export const PATIENT_DALLY_MS = 100_000;

export interface ClientPlan {
  readonly packet: RequestPacket;
  /** Makes the machine of another's client; ours where it is left out. */
  open?(packet: RequestPacket): Opening;
  /** Opens the file of an attempt. */
  source?(): MemorySource;
  readonly sink?: MemorySink | undefined;
  /** Whether to ask once more without options. */
  readonly fallsBack: boolean;
  /** Whether it waits as long as it takes. */
  readonly patient: boolean;
}

export class ClientEnd {
  /** One end per attempt; the last one is the transfer's. */
  readonly ends: End[] = [];
  readonly node: Node;
  /** The request of the running attempt. */
  request: RequestPacket;
  readonly #plan: ClientPlan;
  readonly #world: Surroundings;
  readonly #monitor = new Monitor();
  #attempt: Attempt | undefined;

  constructor(plan: ClientPlan, world: Surroundings) {
    this.#plan = plan;
    this.request = plan.packet;
    this.#world = world;
    this.node = new Node("client", world, this.#monitor);
  }

  /** The running attempt, or the last one. */
  get end(): End {
    return this.ends.at(-1)!;
  }

  get outcome(): Outcome | undefined {
    return this.end.outcome;
  }

  /** The server's TID, once it is known. */
  get pinned(): string | undefined {
    const peer = this.#attempt && textOf(this.#attempt.peer);
    return peer === SERVER_ADDRESS ? undefined : peer;
  }

  start(): void {
    this.node.run(() => this.#ask(this.#plan.packet));
  }

  cancel(reason: string): void {
    this.#world.watch.note("client", "cancelled");
    this.node.run(() => this.#attempt?.cancel(reason));
  }

  #ask(packet: RequestPacket): void {
    this.request = packet;
    const source = this.#plan.source?.();
    const { sink, patient } = this.#plan;
    const machine = this.#plan.open?.(packet);
    const attempt = new Attempt(packet, addressOf(SERVER_ADDRESS), {
      network: this.node,
      ends: { ...(source ? { source } : {}), ...(sink ? { sink } : {}) },
      ...(machine ? { machine } : {}),
      ...(patient ? { timing: patientTiming() } : {}),
      whole: ({ note }) => end.settle(note === undefined ? {} : { note }),
      failed: (error) => {
        end.settle({ error });
        this.#fallBack(packet, error, attempt.answered);
      },
      ended: () => end.end(),
    });
    this.#attempt = attempt;
    const address = textOf(attempt.local);
    const end = new End({ address, machine: attempt.machine, source, sink }, this.#world);
    this.ends.push(end);
    this.#monitor.add(end, attempt.local);
    attempt.start();
  }

  #fallBack(packet: RequestPacket, error: Error, answered: boolean): void {
    const plainly = packet.options.length > 0 && this.#plan.fallsBack;
    if (!plainly || !refusesOptions(error, answered)) return;
    this.node.clock.after(0, () => this.#ask({ ...packet, options: [] }));
  }
}

function patientTiming(): RequestSettings {
  const timing = { ...DEFAULT_TIMING, retries: PATIENCE };
  return { timing, openingRetries: PATIENCE, dallyMs: PATIENT_DALLY_MS };
}
