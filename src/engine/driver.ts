/**
 * The one loop between a machine and the world: it feeds a machine its events and obeys its
 * actions, for clients and servers alike. It obeys an answer to its end before the next event is
 * let in, so a machine never sees time run sideways, and a `write` has happened when its ACK
 * leaves.
 *
 * Datagrams come from the one receive loop of their socket, deadlines from the one tick of the
 * clock: a transfer has no timer, no race and no pending receive of its own.
 */

import {
  type Action,
  type Address,
  cancel,
  CancelledError,
  encodePacket,
  type Machine,
  Opcode,
  type Packet,
  packetIn,
  stampHeader,
} from "../protocol/mod.ts";
import type { Clock, Ticking } from "./clock.ts";
import type { Endpoint } from "../net/endpoint.ts";
import type { Sink, Source } from "./ends.ts";
import { NetworkError, wireError } from "./errors.ts";

export interface DriveSettings {
  readonly machine: Machine;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** Where packets go; a client's changes when the peer's TID is known. */
  peer: Address;
  readonly source?: Source;
  readonly sink?: Sink;
}

/** Datagrams kept for a transfer that waits for its file; more are as good as lost. */
const MAX_KEPT = 8;

/** How a transfer ended: the error, or the note of one that is whole. */
export interface Outcome {
  readonly error?: Error;
  readonly note?: string;
  readonly elapsedMs: number;
}

/** How long a retired transfer still hears what its peer sent before it began anew. */
const OVERTAKEN_MS = 1000;

export class Drive implements Ticking {
  /** Settles when the transfer is whole or has failed. */
  readonly outcome: Promise<Outcome>;
  /** Settles when the machine will never act again: after the outcome, a receiver may dally. */
  readonly ended: Promise<void>;
  /** Where packets go. */
  peer: Address;
  readonly #settings: DriveSettings;
  readonly #machine: Machine;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #settle: (outcome: Outcome) => void;
  readonly #end: () => void;
  readonly #ackBytes = new Uint8Array(4);
  #settled = false;
  /** Whether actions are being obeyed, and what settles when they have been. */
  #busy = false;
  #turn: Promise<void> | undefined;
  #retired: { readonly error: Error; readonly untilMs: number } | undefined;
  /** Ends the wait for a source or sink; present while there is one. */
  #interrupt: ((error: Error) => void) | undefined;
  /** Datagrams that came while a source or sink was waited for. */
  readonly #kept: Uint8Array[] = [];

  constructor(settings: DriveSettings) {
    this.#settings = settings;
    this.#machine = settings.machine;
    this.#clock = settings.clock;
    this.peer = settings.peer;
    this.#startedMs = settings.clock.nowMs();
    const outcome = Promise.withResolvers<Outcome>();
    const ended = Promise.withResolvers<void>();
    this.outcome = outcome.promise;
    this.ended = ended.promise;
    this.#settle = outcome.resolve;
    this.#end = ended.resolve;
  }

  /** Begins the transfer; settles when its first flight has left. */
  start(): Promise<void> {
    this.#clock.add(this);
    const nowMs = this.#clock.nowMs();
    return this.#act(this.#machine.start(nowMs), nowMs);
  }

  /** A datagram of the peer's, read at `nowMs`. Settles when the bytes are done with. */
  deliver(bytes: Uint8Array, nowMs: number): Promise<void> | void {
    if (this.#interrupt) {
      // Others share the port: its loop must not wait as long as a slow file does.
      if (this.#kept.length < MAX_KEPT) this.#kept.push(bytes.slice());
      return;
    }
    if (this.#busy) return this.#turn!.then(() => this.deliver(bytes, this.#clock.nowMs()));
    const packet = packetIn(bytes);
    // What is no packet is treated as lost: it must not disturb a transfer.
    if (!packet) return;
    const actions = this.#machine.receive(packet, nowMs);
    // Retired, it may only end; whatever else it wants to do is let fall.
    if (this.#retired && !actions.every(({ kind }) => kind === "finish")) return;
    if (actions.length > 0) return this.#act(actions, nowMs);
    if (this.#machine.done) this.#finishUp();
  }

  /** Called by the clock. */
  tick(nowMs: number): number | void {
    if (this.#retired) {
      if (nowMs >= this.#retired.untilMs) this.#leave(this.#retired.error);
      return;
    }
    if (this.#busy) return;
    if (nowMs >= this.#machine.deadlineMs) this.#act(this.#machine.timeout(nowMs), nowMs);
    return this.#machine.deadlineMs;
  }

  /** Stops the transfer, telling the peer why; settles when that is said. */
  async cancel(reason: string): Promise<void> {
    // A silent source must not keep the peer from hearing it.
    this.#interrupt?.(new CancelledError(reason));
    while (this.#busy) await this.#turn;
    if (this.#retired || this.#settled) this.#leave(this.#retired?.error);
    else await this.#act(cancel(this.#machine, reason), this.#clock.nowMs());
  }

  /**
   * Stops without a word to the peer, which has begun anew elsewhere. The new beginning may have
   * overtaken the last ACK of this transfer, on its way to another socket: for a moment that is
   * still heard, and nothing else that comes late is told off as a stranger's.
   */
  retire(error: Error): void {
    if (this.#settled) this.#leave();
    else this.#retired ??= { error, untilMs: this.#clock.nowMs() + OVERTAKEN_MS };
  }

  #leave(error?: Error): void {
    this.#conclude(error ? { error } : {});
    this.#finishUp();
  }

  #act(actions: readonly Action[], nowMs: number): Promise<void> {
    return this.#turn = this.#obey(actions, nowMs);
  }

  /**
   * Obeys actions in order, and those that a read leads to. One function, and one promise, for all
   * that a datagram calls forth: this is the path that every packet takes.
   */
  async #obey(actions: readonly Action[], nowMs: number): Promise<void> {
    const { endpoint, source, sink } = this.#settings;
    const machine = this.#machine;
    this.#busy = true;
    try {
      for (let at = 0; at < actions.length; at++) {
        const action = actions[at]!;
        switch (action.kind) {
          case "data":
            for (let index = action.first; index <= action.last; index++) {
              // Awaited one by one: the next packet may be made in the same bytes.
              try {
                await endpoint.send(machine.dataBytes(index), this.peer);
              } catch (error) {
                this.#lost(error);
              }
            }
            break;
          case "send":
            try {
              await endpoint.send(this.#encode(action.packet), this.peer);
            } catch (error) {
              // RFC 1350 §7: an ERROR is a courtesy; why the transfer failed is told without it.
              if (action.packet.opcode !== Opcode.ERROR) this.#lost(error);
            }
            break;
          case "read": {
            const read = source!.read(action.into);
            if (typeof read === "number") actions = machine.loaded(read, nowMs);
            else actions = machine.loaded(await this.#orInterrupt(read), this.#clock.nowMs());
            at = -1;
            break;
          }
          case "write": {
            const written = sink!.write(action.bytes);
            if (written) await this.#orInterrupt(written);
            break;
          }
          case "commit":
            await sink!.commit();
            break;
          case "finish":
            this.#conclude(action.note === undefined ? {} : { note: action.note });
            break;
          case "fail":
            this.#conclude({ error: action.error });
            break;
        }
      }
    } catch (error) {
      const { code, message } = wireError(error);
      return await this.#obey(machine.abort(error as Error, code, message), nowMs);
    }
    // Not by a look at the turn: without a send, this ends before there is one.
    this.#busy = false;
    if (machine.done) return this.#finishUp();
    if (this.#kept.length > 0) {
      for (const bytes of this.#kept.splice(0)) await this.deliver(bytes, this.#clock.nowMs());
    }
  }

  async #orInterrupt<T>(done: Promise<T>): Promise<T> {
    const interrupted = Promise.withResolvers<never>();
    this.#interrupt = interrupted.reject;
    try {
      return await Promise.race([done, interrupted.promise]);
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** The bytes of a packet; an ACK is made in place, since nearly all of them are ACKs. */
  #encode(packet: Packet): Uint8Array {
    if (packet.opcode !== Opcode.ACK) return encodePacket(packet);
    stampHeader(this.#ackBytes, 0, Opcode.ACK, packet.block);
    return this.#ackBytes;
  }

  /** A datagram could not be sent: lost like any other, unless nothing has ever got through. */
  #lost(error: unknown): void {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (this.#machine.agreement) return;
    throw new NetworkError(`No datagram can be sent there: ${(error as Error).message}`);
  }

  #conclude(how: { error?: Error; note?: string }): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle({ ...how, elapsedMs: this.#clock.nowMs() - this.#startedMs });
  }

  #finishUp(): void {
    this.#clock.remove(this);
    this.#end();
  }
}
