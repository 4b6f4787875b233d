/**
 * What drives a machine in a simulation. It obeys actions in order and to the end, as the
 * runtime's driver does, but in virtual time: a turn that waits for a slow disk is a generator
 * that says how long. Meanwhile datagrams wait, in a receive buffer of limited size, and
 * deadlines pass unnoticed.
 *
 * It looks for what a machine must never do: act after its end, answer an ERROR with an ERROR,
 * stand still without a deadline, keep a view of a datagram, acknowledge what is not written.
 */

import {
  type Action,
  cancel,
  encodePacket,
  Opcode,
  type Packet,
  packetIn,
  toWire,
} from "../../src/protocol/mod.ts";
import { StorageError } from "./storage.ts";
import type { HostCounts, HostSettings, Outcome, Surroundings } from "./surroundings.ts";

/** A socket's default receive buffer on Linux, and what the kernel charges beside the bytes. */
const INBOX_BYTES = 212_992;
const INBOX_CHARGE_BYTES = 512;

type Turn = Generator<number, void>;

export class Host {
  outcome: Outcome | undefined;
  endedAtMs: number | undefined;
  readonly counts: HostCounts = { data: 0, acks: 0, timeouts: 0, overflows: 0 };
  readonly settings: HostSettings;
  readonly #world: Surroundings;
  #peer: string;
  #turn: Turn | undefined;
  readonly #next: Turn[] = [];
  readonly #inbox: { bytes: Uint8Array; from: string }[] = [];
  #inboxBytes = 0;
  #alarmAtMs = Infinity;
  #answering: Packet | undefined;

  constructor(settings: HostSettings, world: Surroundings) {
    this.settings = settings;
    this.#world = world;
    this.#peer = settings.peer;
  }

  get ended(): boolean {
    return this.endedAtMs !== undefined;
  }

  start(): void {
    const { machine } = this.settings;
    this.#run(this.#obey(machine.start(this.#nowMs)));
  }

  deliver(bytes: Uint8Array, from: string): void {
    if (this.ended) return this.#disturb(bytes);
    if (!this.#turn) return this.#run(this.#take(bytes, from));
    const charge = bytes.length + INBOX_CHARGE_BYTES;
    if (this.#inboxBytes + charge > INBOX_BYTES) {
      this.counts.overflows++;
      return;
    }
    this.#inboxBytes += charge;
    this.#inbox.push({ bytes, from });
  }

  /** Stops the transfer, telling the peer why. */
  cancel(reason: string): void {
    this.#later(this.#cancelling(reason));
  }

  /** Does nothing for a while, as a program does that waits for its disk. */
  stall(forMs: number): void {
    this.#later(this.#stalling(forMs));
  }

  /** Stops without a word to the peer. */
  retire(error: Error): void {
    this.#conclude({ error });
    this.#finishUp();
  }

  get #nowMs(): number {
    return this.#world.time.nowMs;
  }

  #later(turn: Turn): void {
    if (this.ended) return;
    if (this.#turn) this.#next.push(turn);
    else this.#run(turn);
  }

  /** Runs turns until one waits or none is left. */
  #run(turn: Turn): void {
    this.#turn = turn;
    while (this.#turn) {
      const { done, value } = this.#turn.next();
      if (this.ended) return;
      if (!done) {
        const waiting = this.#turn;
        this.#world.time.at(this.#nowMs + value, () => this.ended || this.#run(waiting));
        return;
      }
      this.#turn = undefined;
      if (this.settings.machine.done) return this.#finishUp();
      this.#turn = this.#next.shift() ?? this.#fromInbox();
    }
    this.#arm();
  }

  #fromInbox(): Turn | undefined {
    const waiting = this.#inbox.shift();
    if (!waiting) return undefined;
    this.#inboxBytes -= waiting.bytes.length + INBOX_CHARGE_BYTES;
    return this.#take(waiting.bytes, waiting.from);
  }

  *#take(bytes: Uint8Array, from: string): Turn {
    const { machine, gate } = this.settings;
    if (gate && !gate.admits(from, bytes)) return;
    const packet = packetIn(bytes);
    const before = this.#peer;
    if (gate) this.#peer = from;
    if (packet) {
      this.#answering = packet;
      const actions = machine.receive(packet, this.#nowMs);
      if (actions.length > 0) yield* this.#obey(actions);
      this.#answering = undefined;
    }
    this.#peer = gate?.taken(from) ?? before;
    // The buffer is received into again: nobody may have kept a view of it.
    bytes.fill(0xee);
  }

  *#cancelling(reason: string): Turn {
    this.#world.watch.note(this.settings.address, "cancelled");
    if (this.outcome) this.#finishUp();
    else yield* this.#obey(cancel(this.settings.machine, reason));
  }

  *#stalling(forMs: number): Turn {
    this.#world.watch.note(this.settings.address, `stalls for ${forMs} ms`);
    yield forMs;
  }

  *#obey(actions: readonly Action[]): Turn {
    try {
      for (const action of actions) yield* this.#do(action);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const last = this.settings.machine.abort(error, error.code, error.message);
      for (const action of last) yield* this.#do(action);
    }
  }

  *#do(action: Action): Turn {
    const { machine, source, sink, address } = this.settings;
    switch (action.kind) {
      case "data":
        this.#expect(action.first <= action.last, `DATA ${action.first} to ${action.last}`);
        for (let index = action.first; index <= action.last; index++) {
          this.#send(machine.dataBytes(index).slice());
        }
        break;
      case "send":
        this.#sendPacket(action.packet);
        break;
      case "read": {
        const delayMs = source!.pace();
        if (delayMs > 0) yield delayMs;
        yield* this.#obey(machine.loaded(source!.read(action.into), this.#nowMs));
        break;
      }
      case "write": {
        const delayMs = sink!.pace();
        if (delayMs > 0) yield delayMs;
        sink!.write(action.bytes);
        if (sink!.fault) this.#world.watch.violation(address, sink!.fault);
        break;
      }
      case "commit":
        sink!.commit();
        if (sink!.fault) this.#world.watch.violation(address, sink!.fault);
        break;
      case "finish":
        this.#conclude(action.note === undefined ? {} : { note: action.note });
        break;
      case "fail":
        this.#conclude({ error: action.error });
        break;
    }
  }

  #sendPacket(packet: Packet): void {
    if (packet.opcode === Opcode.ERROR) {
      const answers = this.#answering?.opcode === Opcode.ERROR;
      this.#expect(!answers, "answers an ERROR with an ERROR");
    }
    if (packet.opcode === Opcode.ACK) this.#expectWritten(packet.block);
    this.#send(encodePacket(packet));
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

  #send(bytes: Uint8Array): void {
    this.#expect(!this.ended, "sends after its end");
    if (bytes[1] === Opcode.DATA) this.counts.data++;
    else this.counts.acks++;
    this.#world.network.send(this.settings.address, this.#peer, bytes);
  }

  #arm(): void {
    const { deadlineMs } = this.settings.machine;
    this.#expect(deadlineMs < Infinity, "waits without a deadline");
    if (deadlineMs >= this.#alarmAtMs) return;
    const { tickMs } = this.#world;
    const ticked = tickMs > 0 ? Math.ceil(deadlineMs / tickMs) * tickMs : deadlineMs;
    this.#alarmAtMs = Math.max(ticked, this.#nowMs);
    this.#world.time.at(this.#alarmAtMs, () => this.#alarm());
  }

  #alarm(): void {
    if (this.ended || this.#nowMs < this.#alarmAtMs) return;
    this.#alarmAtMs = Infinity;
    if (this.#turn) return;
    const { machine, address } = this.settings;
    if (this.#nowMs < machine.deadlineMs) return this.#arm();
    this.counts.timeouts++;
    this.#world.watch.note(address, "times out");
    const actions = machine.timeout(this.#nowMs);
    this.#expect(machine.deadlineMs > this.#nowMs, "is due again at once");
    this.#run(this.#obey(actions));
  }

  #conclude(how: { error?: Error; note?: string }): void {
    if (this.outcome) return;
    this.outcome = { ...how, atMs: this.#nowMs };
    if (this.#world.watch.wantsNotes) {
      const text = how.error ? `fails: ${how.error.message}` : `finishes ${how.note ?? ""}`;
      this.#world.watch.note(this.settings.address, text);
    }
    this.settings.settled?.(this.outcome);
  }

  #finishUp(): void {
    this.endedAtMs = this.#nowMs;
    this.#world.watch.note(this.settings.address, "has ended");
    this.#expect(this.outcome !== undefined, "ended without an outcome");
    this.settings.ended?.();
  }

  /** After its end a machine is deaf and mute. */
  #disturb(bytes: Uint8Array): void {
    const { machine } = this.settings;
    if (!machine.done) return;
    const packet = packetIn(bytes);
    const actions = packet ? machine.receive(packet, this.#nowMs) : machine.timeout(this.#nowMs);
    this.#expect(actions.length === 0, "acts after its end");
  }

  #expect(condition: boolean, what: string): void {
    if (!condition) this.#world.watch.violation(this.settings.address, what);
  }
}
