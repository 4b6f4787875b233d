/**
 * Performs the actions of a machine in order: sends, reads, writes. All of it happens at once,
 * within the call; only a source or sink that must wait suspends the rest.
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
import type { Sink, Source } from "./source_sink.ts";
import type { Socket } from "./network.ts";

/** How a transfer ended. */
export interface Ending {
  /** Why it failed; absent when it is complete. */
  readonly error?: Error;
  /** Something unusual about one that is complete. */
  readonly note?: string;
}

/** How a transfer ended, and how long it took. */
export interface Outcome extends Ending {
  readonly elapsedMs: number;
}

export interface PerformerSettings {
  readonly machine: Machine;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly source?: Source | undefined;
  readonly sink?: Sink | undefined;
}

/** What a performer tells its owner. */
export interface PerformerOwner {
  /** Called for each `finish` and `fail`. */
  settle(ending: Ending): void;
  /** Called when a wait is over: with the remaining actions, or with the error. */
  resume(next: (nowMs: number) => readonly Action[]): void;
}

/** A wait for a source or sink. */
interface Wait {
  /** Whether a transfer that is stopped may end before the wait does. */
  readonly breakable: boolean;
}

export class Performer {
  readonly #settings: PerformerSettings;
  readonly #owner: PerformerOwner;
  /** Made at the first ACK: a sender needs none. */
  #ackBytes: Uint8Array | undefined;
  /** The turn of the socket in which something was last queued. */
  #sentIn = -1;
  #sourceWaits = false;
  #wait: Wait | undefined;

  constructor(settings: PerformerSettings, owner: PerformerOwner) {
    this.#settings = settings;
    this.#owner = owner;
  }

  /** Whether it waits for a source or sink. */
  get waits(): boolean {
    return this.#wait !== undefined;
  }

  /** Whether a read of the source had to be waited for, so that another may have to be, too. */
  get sourceWaits(): boolean {
    return this.#sourceWaits;
  }

  /** Whether it waits for something that decides whether the transfer is complete. */
  get commits(): boolean {
    return this.#wait?.breakable === false;
  }

  /** Whether everything sent has left: until then the machine must not change its bytes. */
  get hasSent(): boolean {
    const { socket } = this.#settings;
    return this.#sentIn !== socket.turn || socket.flush();
  }

  /** Ignores the result of the pending wait. */
  breakOff(): void {
    if (!this.#wait) return;
    this.#wait = undefined;
    this.#settings.clock.waiting(-1);
  }

  /**
   * Performs actions, and those that follow from a read. One loop for everything that a datagram
   * causes: every packet takes this path.
   */
  perform(todo: readonly Action[], to: Address, nowMs: number): void {
    const { machine, socket, source, sink } = this.#settings;
    let actions = todo;
    for (let at = 0; at < actions.length; at++) {
      const action = actions[at]!;
      switch (action.kind) {
        case "data":
          if (source?.sending) this.#announce(action.first, action.last);
          socket.sendBlocks(machine.blocks!, action.first, action.last, to);
          this.#sentIn = socket.turn;
          break;
        case "send":
          socket.send(this.#encode(action.packet), to);
          this.#sentIn = socket.turn;
          break;
        case "read": {
          const read = source!.read(action.into);
          if (typeof read !== "number") {
            this.#sourceWaits = true;
            const rest = actions.slice(at + 1);
            return this.#waitFor(read, (length, laterMs) => [
              ...machine.loaded(length, laterMs),
              ...rest,
            ]);
          }
          const loaded = machine.loaded(read, nowMs);
          // A read is nearly always the last action.
          actions = at + 1 < actions.length ? [...loaded, ...actions.slice(at + 1)] : loaded;
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
          this.#owner.settle(action.note === undefined ? {} : { note: action.note });
          break;
        case "fail":
          this.#owner.settle({ error: action.error });
          break;
      }
    }
  }

  /** Tells the source which of its bytes are about to be sent. */
  #announce(first: number, last: number): void {
    const { machine, source } = this.#settings;
    const { blksize } = machine.blocks!;
    const end = last * blksize;
    source!.sending!((first - 1) * blksize, Math.min(end, source!.size ?? end));
  }

  #waitFor<T>(
    ready: PromiseLike<T>,
    next: (value: T, nowMs: number) => readonly Action[],
    wait: Wait = { breakable: true },
  ): void {
    const { clock } = this.#settings;
    this.#wait = wait;
    clock.waiting(1);
    const resumed = (then: (nowMs: number) => readonly Action[]) => {
      // A wait that was cancelled is ignored.
      if (this.#wait !== wait) return;
      this.breakOff();
      this.#owner.resume(then);
    };
    ready.then(
      (value) => resumed((nowMs) => next(value, nowMs)),
      (error) =>
        resumed(() => {
          throw error;
        }),
    );
  }

  /** The bytes of a packet. An ACK is written in place, since nearly all of them are ACKs. */
  #encode(packet: Packet): Uint8Array {
    if (packet.opcode !== Opcode.ACK) return encodePacket(packet);
    const bytes = this.#ackBytes ??= new Uint8Array(4);
    stampHeader(bytes, 0, Opcode.ACK, packet.block);
    return bytes;
  }
}
