/**
 * An end of a transfer, as the simulation watches it: what its machine is told and does, what is
 * sent for it, and how it ends. It looks for what must never happen: a machine that acts after its
 * end, stands still without a deadline or is due again at once; an ERROR that answers an ERROR; an
 * ACK of what is not written.
 */

import { type Action, type Machine, Opcode, packetIn, toWire } from "../../src/protocol/mod.ts";
import type { MemorySink, MemorySource } from "./storage.ts";
import type { Surroundings } from "./node.ts";

export interface Outcome {
  readonly error?: Error;
  readonly note?: string;
  readonly atMs: number;
}

/** What an end has done so far. */
export interface Counts {
  data: number;
  acks: number;
  timeouts: number;
}

export interface EndSettings {
  /** Such as `server:4001`. */
  readonly address: string;
  /** The client's address, for an end of a server. */
  readonly peer?: string;
  readonly machine: Machine;
  readonly source?: MemorySource | undefined;
  readonly sink?: MemorySink | undefined;
}

export class End {
  outcome: Outcome | undefined;
  endedAtMs: number | undefined;
  readonly counts: Counts = { data: 0, acks: 0, timeouts: 0 };
  readonly settings: EndSettings;
  readonly #world: Surroundings;
  /** Whether the machine waits for its file; a replaced transfer may never be given it. */
  #reading = false;

  constructor(settings: EndSettings, world: Surroundings) {
    this.settings = settings;
    this.#world = world;
    this.#watch(settings.machine);
  }

  get ended(): boolean {
    return this.endedAtMs !== undefined;
  }

  settle(how: { error?: Error; note?: string }): void {
    this.#expect(this.outcome === undefined, "settles twice");
    this.outcome = { ...how, atMs: this.#world.time.nowMs };
    if (!this.#world.watch.wantsNotes) return;
    const text = how.error ? `fails: ${how.error.message}` : `finishes ${how.note ?? ""}`;
    this.#world.watch.note(this.settings.address, text);
  }

  end(): void {
    this.#expect(!this.ended, "ends twice");
    this.#expect(this.outcome !== undefined, "ended without an outcome");
    this.endedAtMs = this.#world.time.nowMs;
    this.#world.watch.note(this.settings.address, "has ended");
  }

  /** Something is sent for it, perhaps while an ERROR is dealt with. */
  sends(bytes: Uint8Array, answersError: boolean): void {
    this.#expect(!this.ended, "sends after its end");
    if (bytes[1] === Opcode.DATA) this.counts.data++;
    else this.counts.acks++;
    const packet = packetIn(bytes);
    const isError = packet?.opcode === Opcode.ERROR;
    this.#expect(!isError || !answersError, "answers an ERROR with an ERROR");
    if (packet?.opcode === Opcode.ACK) this.#expectWritten(packet.block);
    const { sink } = this.settings;
    if (sink?.fault) this.#world.watch.violation(this.settings.address, sink.fault);
  }

  /** What an ACK admits must be written; the last one, committed. */
  #expectWritten(block: number): void {
    const { sink, machine } = this.settings;
    if (!sink || !machine.agreement) return;
    const full = Math.floor(sink.written / machine.agreement.blksize);
    const index = sink.committed ? full + 1 : full;
    const written = block === toWire(index, 0) || block === toWire(index, 1);
    this.#expect(written, `ACK ${block} where ${index} blocks are written`);
  }

  /** Puts itself between the driver and the machine. */
  #watch(machine: Machine): void {
    const receive = machine.receive.bind(machine);
    machine.receive = (packet, nowMs) => this.#checked(() => receive(packet, nowMs), nowMs);
    const loaded = machine.loaded.bind(machine);
    machine.loaded = (length, nowMs) => {
      this.#reading = false;
      return this.#checked(() => loaded(length, nowMs), nowMs);
    };
    const timeout = machine.timeout.bind(machine);
    machine.timeout = (nowMs) => {
      this.counts.timeouts++;
      this.#world.watch.note(this.settings.address, "times out");
      const actions = this.#checked(() => timeout(nowMs), nowMs);
      this.#expect(machine.deadlineMs > nowMs, "is due again at once");
      return actions;
    };
  }

  #checked(act: () => readonly Action[], nowMs: number): readonly Action[] {
    const { machine } = this.settings;
    const wasDone = machine.done;
    const actions = act();
    if (wasDone) this.#expect(actions.length === 0, "acts after its end");
    if (actions.some(({ kind }) => kind === "read")) this.#reading = true;
    const waits = !machine.done && !this.#reading;
    this.#expect(!waits || machine.deadlineMs < Infinity, `waits without a deadline at ${nowMs}`);
    return actions;
  }

  #expect(condition: boolean, what: string): void {
    if (!condition) this.#world.watch.violation(this.settings.address, what);
  }
}
