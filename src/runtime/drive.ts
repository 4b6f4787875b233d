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
  decodePacket,
  encodePacket,
  ErrorCode,
  type Machine,
  Opcode,
  type Packet,
  PacketError,
  ProtocolError,
} from "../protocol/mod.ts";
import type { Clock, Ticking } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { ChecksumError, LocalFileError, NetworkError } from "./errors.ts";

/** Where the blocks of a sender come from. */
export interface Source {
  /** Size in bytes where it is known beforehand. */
  readonly size: number | undefined;
  /** Fills the buffer; a short count means that the source has ended. */
  read(into: Uint8Array): number | Promise<number>;
  close(): void;
}

/** Where the blocks of a receiver go. */
export interface Sink {
  /** Appends all the bytes. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Everything has come: makes it permanent under its name. */
  commit(): void | Promise<void>;
  /** Leaves nothing behind; harmless after {@linkcode Sink.commit}. */
  abandon(): void;
}

export interface DriveSettings {
  readonly machine: Machine;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** Where packets go; a client's changes when the peer's TID is known. */
  peer: Address;
  readonly source?: Source;
  readonly sink?: Sink;
}

/** How a transfer ended: the error, or the note of one that is whole. */
export interface Outcome {
  readonly error?: Error;
  readonly note?: string;
  readonly elapsedMs: number;
}

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
  #settled = false;
  #turn: Promise<void> | undefined;
  /** Ends the wait for a source; present while there is one. */
  #interrupt: ((error: Error) => void) | undefined;

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
    return this.#act(this.#machine.start(this.#clock.nowMs()));
  }

  /** A datagram of the peer's. Settles when the bytes are done with. */
  deliver(bytes: Uint8Array): Promise<void> | void {
    if (this.#turn) return this.#turn.then(() => this.deliver(bytes));
    const packet = decode(bytes);
    if (!packet) return;
    const actions = this.#machine.receive(packet, this.#clock.nowMs());
    if (actions.length > 0) return this.#act(actions);
    if (this.#machine.done) this.#finishUp();
  }

  /** Called by the clock. */
  tick(nowMs: number): void {
    if (this.#turn || nowMs < this.#machine.deadlineMs) return;
    this.#act(this.#machine.timeout(nowMs));
  }

  /** Stops the transfer, telling the peer why; settles when that is said. */
  async cancel(reason: string): Promise<void> {
    // A silent source must not keep the peer from hearing it.
    this.#interrupt?.(new CancelledError(reason));
    while (this.#turn) await this.#turn;
    if (this.#settled) this.#finishUp();
    else await this.#act(cancel(this.#machine, reason));
  }

  /** Stops without a word to the peer, which has begun anew elsewhere. */
  async retire(error: Error): Promise<void> {
    while (this.#turn) await this.#turn;
    this.#conclude({ error });
    this.#finishUp();
  }

  #act(actions: readonly Action[]): Promise<void> {
    return this.#turn = this.#take(actions);
  }

  async #take(actions: readonly Action[]): Promise<void> {
    try {
      await this.#obey(actions);
    } catch (error) {
      const { code, message } = wireError(error);
      await this.#obey(this.#machine.abort(error as Error, code, message));
    }
    this.#turn = undefined;
    if (this.#machine.done) this.#finishUp();
  }

  /** Obeys actions in order, and those that a read leads to. */
  async #obey(actions: readonly Action[]): Promise<void> {
    const { source, sink } = this.#settings;
    for (const action of actions) {
      switch (action.kind) {
        case "data":
          for (let index = action.first; index <= action.last; index++) {
            await this.#send(this.#machine.dataBytes(index));
          }
          break;
        case "send":
          await this.#sendPacket(action.packet);
          break;
        case "read": {
          const read = source!.read(action.into);
          const length = typeof read === "number" ? read : await this.#orInterrupt(read);
          await this.#obey(this.#machine.loaded(length, this.#clock.nowMs()));
          break;
        }
        case "write":
          await sink!.write(action.bytes);
          break;
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
  }

  async #orInterrupt(read: Promise<number>): Promise<number> {
    const interrupted = Promise.withResolvers<never>();
    this.#interrupt = interrupted.reject;
    try {
      return await Promise.race([read, interrupted.promise]);
    } finally {
      this.#interrupt = undefined;
    }
  }

  async #sendPacket(packet: Packet): Promise<void> {
    const bytes = encodePacket(packet);
    if (packet.opcode !== Opcode.ERROR) return await this.#send(bytes);
    // RFC 1350 §7: an ERROR is a courtesy. Why the transfer failed is told without it, too.
    await this.#settings.endpoint.send(bytes, this.peer).catch(() => {});
  }

  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#settings.endpoint.send(bytes, this.peer);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      // Once the peer has been heard, a datagram the system can't send is a datagram lost.
      if (this.#machine.agreement) return;
      throw new NetworkError(`No datagram can be sent there: ${(error as Error).message}`);
    }
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

/** Abandons the sink of a failed transfer; should even that fail, the error says so too. */
export function abandonAfter(error: Error, sink: Sink): Error {
  try {
    sink.abandon();
  } catch (left) {
    error.message += ` (and ${(left as Error).message})`;
  }
  return error;
}

function decode(bytes: Uint8Array): Packet | undefined {
  try {
    return decodePacket(bytes);
  } catch (error) {
    // What is no packet is treated as lost: it must not disturb a transfer.
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

function wireError(error: unknown): { code: number; message: string } {
  if (error instanceof LocalFileError) return { code: error.code, message: error.wireMessage };
  if (error instanceof CancelledError) return { code: 0, message: error.message };
  if (error instanceof ProtocolError) return { code: 0, message: error.message };
  if (error instanceof ChecksumError) return { code: 0, message: "The checksum differs" };
  return { code: ErrorCode.NotDefined, message: "Internal failure" };
}
