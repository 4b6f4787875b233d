/**
 * Connects a machine with its network, source and sink. It passes an event to the machine and
 * performs the actions that the machine returns, in order and completely, before the next event. So
 * a machine never sees time run backwards, and a `write` is done when its ACK leaves.
 *
 * All of it happens at once, within the call. Only a source or sink that must wait (a pipe, a rate
 * limit, a disk that is flushed) suspends its own transfer: the remaining actions are performed
 * when it is ready.
 *
 * Every transfer settles exactly once and then ends exactly once, whatever happens.
 */

import {
  type Action,
  type Address,
  cancel,
  type Machine,
  Opcode,
  type Packet,
  packetIn,
  TftpError,
} from "../protocol/mod.ts";
import { TICK_MS, type Ticking } from "./clock.ts";
import { cannotSend, UnreachableError, wireError } from "./errors.ts";
import {
  type Ending,
  type Outcome,
  Performer,
  type PerformerOwner,
  type PerformerSettings,
} from "./performer.ts";

export interface DriverSettings extends PerformerSettings {
  /** Where packets go. At a client it changes when the peer's TID is known. */
  readonly peer: Address;
}

/** The other part of a transfer: what a driver asks and tells. */
export interface DriverOwner {
  /** Whether the machine may act on its deadlines now. @default {always} */
  mayRepeat?(nowMs: number): boolean;
  /** Called once, when the transfer is complete or has failed. */
  noteSettled(outcome: Outcome): void;
  /** Called once, after that, when the machine is finished: a receiver may dally before. */
  noteEnded(): void;
}

/** Datagrams kept for a transfer that waits for its file; further ones are dropped. */
const MAX_KEPT = 8;

/** How long a replaced transfer still receives what its peer sent before its new request. */
const OVERTAKEN_MS = 1000;

const NO_OUTCOME = "The machine ended without an outcome";

export class Driver implements Ticking, PerformerOwner {
  /** Where packets go. */
  peer: Address;
  readonly #settings: DriverSettings;
  readonly #owner: DriverOwner;
  readonly #machine: Machine;
  readonly #performer: Performer;
  readonly #startedMs: number;
  #settled = false;
  #ended = false;
  /** Why to stop, once a wait that can't be interrupted is over. */
  #cancelled: string | undefined;
  /** What has ended a wait: a receiver that waits for its last write takes itself for complete. */
  #brokenOffBy: Error | undefined;
  #replaced: { readonly error: Error; readonly untilMs: number } | undefined;
  /** Whether actions are being performed, and the send error that came up meanwhile. */
  #performing = false;
  #unsent: Error | undefined;
  #isAheadPlanned = false;
  #readAhead: (() => void) | undefined;
  /** Datagrams that came while the machine could not be called. */
  #kept: Uint8Array[] = [];

  constructor(settings: DriverSettings, owner: DriverOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#machine = settings.machine;
    this.#performer = new Performer(settings, this);
    this.peer = settings.peer;
    this.#startedMs = settings.clock.nowMs();
  }

  /** Starts the transfer. */
  start(): void {
    const { clock } = this.#settings;
    clock.add(this);
    const nowMs = clock.nowMs();
    this.#run(() => this.#machine.start(nowMs), nowMs);
  }

  /** A datagram from the peer. The bytes may be reused when this returns. */
  receive(bytes: Uint8Array, nowMs: number): void {
    if (this.#ended) return;
    if (this.#performer.waits) this.#breakOffAt(packetIn(bytes));
    if (this.#kept.length > 0 || this.#performer.waits || !this.#performer.hasSent) {
      if (this.#kept.length < MAX_KEPT) this.#kept.push(bytes.slice());
    } else this.#take(bytes, nowMs);
  }

  /** Called by the clock. */
  tick(nowMs: number): number | void {
    if (this.#replaced) {
      // A commit under way decides by itself whether the transfer is complete.
      if (this.#performer.commits) return;
      if (nowMs >= this.#replaced.untilMs) return this.#leave(this.#replaced.error);
      return this.#replaced.untilMs;
    }
    if (this.#performer.waits || !this.#performer.hasSent) return;
    if (this.#kept.length > 0) this.#takeKept(nowMs);
    if (this.#ended || this.#performer.waits) return;
    if (this.#owner.mayRepeat?.(nowMs) === false) return;
    if (nowMs >= this.#machine.deadlineMs) {
      this.#run(() => this.#machine.timeout(nowMs), nowMs);
    }
    return this.#machine.deadlineMs;
  }

  /** Called by the performer: a wait is over. */
  resume(next: (nowMs: number) => readonly Action[]): void {
    const { clock } = this.#settings;
    const nowMs = clock.nowMs();
    this.#run(() => next(nowMs), nowMs);
    if (this.#cancelled !== undefined) this.cancel(this.#cancelled);
    else if (!this.#performer.waits) this.#takeKept(clock.nowMs());
  }

  /** Called by the performer: the transfer is complete or has failed. */
  settle(how: Ending): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#replaced = undefined;
    const elapsedMs = this.#settings.clock.nowMs() - this.#startedMs;
    this.#owner.noteSettled({ ...how, elapsedMs });
  }

  /** Performs what the machine does without an event, such as sending its first answer again. */
  act(actions: readonly Action[]): void {
    if (this.#ended || this.#performer.waits || !this.#performer.hasSent) return;
    this.#run(() => actions, this.#settings.clock.nowMs());
  }

  /** A datagram for the peer was lost on this side, or ICMP says that the peer is gone. */
  unsendable(error: Error): void {
    if (this.#ended || this.#replaced) return;
    if (this.#performing) {
      this.#unsent ??= error;
      return;
    }
    const nowMs = this.#settings.clock.nowMs();
    const { agreement } = this.#machine;
    if (error instanceof UnreachableError && error.isFinal) {
      if (this.#performer.commits) return;
      if (this.#performer.waits) this.#brokenOffBy = error;
      this.#performer.breakOff();
      return this.#run(() => this.#machine.unreachable(error), nowMs);
    }
    // Treated as lost, unless nothing has arrived there yet or nothing ever can.
    if (agreement && error.name !== "NotCapable") return;
    this.#performer.breakOff();
    this.#abort(error.name === "NotCapable" ? error : cannotSend(error), nowMs);
  }

  /** Stops the transfer, and sends the reason to the peer. */
  cancel(reason: string): void {
    if (this.#ended) return;
    if (this.#performer.commits) {
      this.#cancelled ??= reason;
      return;
    }
    this.#performer.breakOff();
    if (this.#replaced || this.#settled) return this.#leave(this.#replaced?.error);
    this.#run(() => cancel(this.#machine, reason), this.#settings.clock.nowMs());
  }

  /**
   * Stops without an ERROR: the peer has requested something else. Its new request may have
   * overtaken the last ACK of this transfer on its way to another socket. So that ACK still counts
   * for a moment, and other late packets get no ERROR 5. A complete transfer goes on repeating its
   * last ACK, since the new request may be an old one that was delayed.
   */
  replace(error: Error): void {
    if (this.#ended || this.#settled) return;
    this.#replaced ??= { error, untilMs: this.#settings.clock.nowMs() + OVERTAKEN_MS };
  }

  /** Stops at once, without an ERROR. */
  drop(error: Error): void {
    if (this.#ended || this.#performer.commits) return;
    this.#leave(error);
  }

  /** The peer's ERROR ends a wait for a file at once, unless that wait decides the result. */
  #breakOffAt(packet: Packet | undefined): void {
    if (packet?.opcode !== Opcode.ERROR || this.#performer.commits) return;
    this.#brokenOffBy = new TftpError("peer", packet.code, packet.message);
    this.#performer.breakOff();
    this.#kept = [];
  }

  #take(bytes: Uint8Array, nowMs: number): void {
    const packet = packetIn(bytes);
    // An invalid packet is treated as lost: it must not disturb a transfer.
    if (!packet) return;
    if (this.#replaced) return this.#takeLate(packet, nowMs, this.#replaced.error);
    try {
      this.#perform(this.#machine.receive(packet, nowMs), nowMs);
    } catch (error) {
      this.#abort(error as Error, nowMs);
    }
  }

  /** A replaced transfer may only end: its other actions are discarded. */
  #takeLate(packet: Packet, nowMs: number, error: Error): void {
    const actions = this.#machine.receive(packet, nowMs);
    const isWhole = actions.length > 0 && actions.every(({ kind }) => kind === "finish");
    if (isWhole) this.#run(() => actions, nowMs);
    else if (this.#machine.done) this.#leave(error);
  }

  #takeKept(nowMs: number): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const bytes of kept) this.receive(bytes, nowMs);
  }

  /** Calls the machine and performs its actions. */
  #run(decide: () => readonly Action[], nowMs: number): void {
    try {
      this.#perform(decide(), nowMs);
    } catch (error) {
      this.#abort(error as Error, nowMs);
    }
  }

  #abort(error: Error, nowMs: number): void {
    const { code, message } = wireError(error);
    try {
      this.#perform(this.#machine.abort(error, code, message), nowMs);
    } finally {
      if (this.#machine.done) this.#leave(error);
    }
  }

  /** Performs actions, and ends with the machine. */
  #perform(actions: readonly Action[], nowMs: number): void {
    this.#performing = true;
    try {
      this.#performer.perform(actions, this.peer, nowMs);
    } finally {
      this.#performing = false;
    }
    if (this.#performer.waits) return;
    if (this.#machine.done) this.#leave();
    else if (this.#settled) this.#endOnTime(nowMs);
    else if (this.#machine.readsAhead) this.#planReadAhead();
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent) this.unsendable(unsent);
  }

  /** Lets the machine read ahead while the peer's answer is on its way. */
  #planReadAhead(): void {
    if (this.#isAheadPlanned || this.#performer.sourceWaits) return;
    this.#isAheadPlanned = true;
    // Made once: where a block fills a read, this happens at every block.
    this.#readAhead ??= () => {
      this.#isAheadPlanned = false;
      if (this.#ended || this.#performer.waits || !this.#performer.hasSent) return;
      this.#run(() => this.#machine.readAhead!(), this.#settings.clock.nowMs());
    };
    this.#settings.socket.whenSent?.(this.#readAhead);
  }

  /** A client that dallies for a moment only does not wait for the next tick to end. */
  #endOnTime(nowMs: number): void {
    const { clock } = this.#settings;
    const leftMs = Math.max(0, this.#machine.deadlineMs - nowMs);
    if (leftMs < TICK_MS) clock.after(leftMs, () => this.tick(clock.nowMs()));
  }

  #leave(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      // A machine that ends without a result would leave its file open for ever.
      const reason = error ?? this.#brokenOffBy;
      if (!this.#settled) this.settle({ error: reason ?? new Error(NO_OUTCOME) });
    } finally {
      this.#performer.breakOff();
      this.#kept = [];
      this.#settings.clock.remove(this);
      this.#owner.noteEnded();
    }
  }
}
