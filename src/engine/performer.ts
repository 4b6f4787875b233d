/**
 * Does the actions of a machine, in order: sends, reads, writes. All of it happens at once, within
 * the call; only a source or sink that must wait suspends what is left.
 */

import {
  type Action,
  type Address,
  encodePacket,
  type Machine,
  Opcode,
  type Packet,
  stampHeader,
} from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import type { Sink, Source } from "./ends.ts";
import type { Socket } from "./network.ts";

/** How a transfer ended. */
export interface Ending {
  /** Why it failed; absent when it is whole. */
  readonly error?: Error;
  /** What is odd about one that is whole. */
  readonly note?: string;
}

export interface PerformerSettings {
  readonly machine: Machine;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly source?: Source;
  readonly sink?: Sink;
  /** Called for each `finish` and `fail`. */
  settle(ending: Ending): void;
  /** What was waited for has come: does the rest. Called with actions, or what failed. */
  resume(next: (nowMs: number) => readonly Action[]): void;
}

/** A source or sink that is waited for. */
interface Wait {
  /** Whether a transfer that is stopped need not wait for its end. */
  readonly breakable: boolean;
}

export class Performer {
  readonly #settings: PerformerSettings;
  /** Made at the first ACK: who sends a file sends none. */
  #ackBytes: Uint8Array | undefined;
  /** The turn of the socket in which something was last handed over. */
  #sentIn = -1;
  #wait: Wait | undefined;

  constructor(settings: PerformerSettings) {
    this.#settings = settings;
  }

  /** Whether a source or sink is waited for. */
  get waits(): boolean {
    return this.#wait !== undefined;
  }

  /** Whether something is waited for that decides whether the transfer is whole. */
  get commits(): boolean {
    return this.#wait?.breakable === false;
  }

  /** Whether what was sent last has left: until then the machine must not change its bytes. */
  get hasSent(): boolean {
    const { socket } = this.#settings;
    return this.#sentIn !== socket.turn || socket.flush();
  }

  /** What is waited for counts no more. */
  breakOff(): void {
    if (!this.#wait) return;
    this.#wait = undefined;
    this.#settings.clock.waiting(-1);
  }

  /**
   * Does actions, and those that a read leads to. One loop for all that a datagram causes: this is
   * the path that every packet takes.
   */
  perform(todo: readonly Action[], to: Address, nowMs: number): void {
    const { machine, socket, source, sink, settle } = this.#settings;
    let actions = todo;
    for (let at = 0; at < actions.length; at++) {
      const action = actions[at]!;
      switch (action.kind) {
        case "data":
          socket.sendBlocks(machine.blocks!, action.first, action.last, to);
          this.#sentIn = socket.turn;
          break;
        case "send":
          socket.send(this.#encode(action.packet), to);
          this.#sentIn = socket.turn;
          break;
        case "read": {
          const rest = actions.slice(at + 1);
          const read = source!.read(action.into);
          if (typeof read !== "number") {
            return this.#waitFor(read, (length, laterMs) => [
              ...machine.loaded(length, laterMs),
              ...rest,
            ]);
          }
          const loaded = machine.loaded(read, nowMs);
          actions = rest.length > 0 ? [...loaded, ...rest] : loaded;
          at = -1;
          break;
        }
        case "write": {
          const written = sink!.write(action.bytes);
          if (!written) break;
          const rest = actions.slice(at + 1);
          return this.#waitFor(written, () => rest);
        }
        case "commit": {
          const committed = sink!.commit();
          if (!committed) break;
          const rest = actions.slice(at + 1);
          return this.#waitFor(committed, () => rest, { breakable: false });
        }
        case "finish":
          settle(action.note === undefined ? {} : { note: action.note });
          break;
        case "fail":
          settle({ error: action.error });
          break;
      }
    }
  }

  #waitFor<T>(
    ready: PromiseLike<T>,
    next: (value: T, nowMs: number) => readonly Action[],
    wait: Wait = { breakable: true },
  ): void {
    const { clock, resume } = this.#settings;
    this.#wait = wait;
    clock.waiting(1);
    const resumed = (then: (nowMs: number) => readonly Action[]) => {
      // What was broken off counts no more.
      if (this.#wait !== wait) return;
      this.breakOff();
      resume(then);
    };
    ready.then(
      (value) => resumed((nowMs) => next(value, nowMs)),
      (error) =>
        resumed(() => {
          throw error;
        }),
    );
  }

  /** The bytes of a packet; an ACK is made in place, since nearly all of them are ACKs. */
  #encode(packet: Packet): Uint8Array {
    if (packet.opcode !== Opcode.ACK) return encodePacket(packet);
    const bytes = this.#ackBytes ??= new Uint8Array(4);
    stampHeader(bytes, 0, Opcode.ACK, packet.block);
    return bytes;
  }
}
