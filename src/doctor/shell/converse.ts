/** Runs one conversation over real sockets: the only place where a question uses a network. */

import { bindLocal, type LocalEnd } from "../../client/local_end.ts";
import { withZoneOf } from "../../engine/address.ts";
import type { Ticking } from "../../engine/clock.ts";
import { UnreachableError } from "../../engine/errors.ts";
import type { DatagramHandler, Network, Socket } from "../../engine/network.ts";
import { type Address, Opcode, packetIn } from "../../protocol/mod.ts";
import type { Bounds } from "../server/bounds.ts";
import { Conversation } from "../server/conversation.ts";
import type { Question, Seen, Sending, Unreachable } from "../server/question.ts";

/** The server of a run, and the sockets to use. */
export interface Line {
  readonly network: Network;
  readonly to: Address;
  readonly end: LocalEnd;
  readonly bounds: Bounds;
}

/** Asks, and returns what was seen. Throws `NetworkError` where no socket can be bound. */
export function converse(line: Line, question: Question): Promise<Seen> {
  return new Promise((resolve, reject) => {
    try {
      new Talk(line, question, resolve).start();
    } catch (error) {
      reject(error);
    }
  });
}

class Talk implements Ticking {
  place?: number;
  readonly #line: Line;
  readonly #conversation: Conversation;
  readonly #over: (seen: Seen) => void;
  readonly #asker: Socket;
  readonly #stranger: Socket | undefined;

  constructor(line: Line, question: Question, over: (seen: Seen) => void) {
    this.#line = line;
    this.#over = over;
    this.#conversation = new Conversation(question, line.to);
    const { network, to, end } = line;
    const conversation = this.#conversation;
    this.#asker = bindLocal(network, {
      peer: to,
      end,
      handler: this.#handler(
        (bytes, from, nowMs) => conversation.receive(bytes, from, nowMs),
        (said) => {
          conversation.unreachable(said);
          return [];
        },
      ),
    });
    const tests = [...question.tests?.values() ?? []];
    if (!tests.includes("stranger")) return;
    const { localPorts: _, ...anyPort } = end;
    this.#stranger = bindLocal(network, {
      peer: to,
      end: anyPort,
      handler: this.#handler(
        (bytes, _, nowMs) => {
          const packet = packetIn(bytes);
          if (packet?.opcode !== Opcode.ERROR) return [];
          return conversation.strangerHears(packet.code, nowMs);
        },
        () => conversation.strangerHears("ICMP", network.clock.nowMs()),
      ),
    });
  }

  start(): void {
    const { clock } = this.#line.network;
    clock.add(this);
    this.#send(this.#conversation.start(clock.nowMs()));
  }

  tick(nowMs: number): number {
    this.#send(this.#conversation.tick(nowMs));
    return this.#conversation.deadlineMs;
  }

  #handler(
    receive: (bytes: Uint8Array, from: Address, nowMs: number) => Sending[],
    unreachable: (said: Unreachable) => Sending[],
  ) {
    return {
      receive: (bytes, sender, nowMs) => {
        this.#line.bounds.noteReceived(bytes.length);
        this.#send(receive(bytes, withZoneOf(this.#line.to, sender), nowMs));
      },
      unsendable: (error) => {
        if (error.name === "NotCapable") throw error;
        const { message } = error;
        if (error instanceof UnreachableError) {
          return this.#send(unreachable({ message, closed: error.isFinal }));
        }
        // After the first one, a datagram that can't be sent counts as lost.
        const isFirst = this.#conversation.seen.answer === undefined;
        const said = { message: `nothing can be sent there: ${message}`, closed: false };
        this.#send(isFirst ? unreachable(said) : []);
      },
      failed: () => {
        // One failed receive is one datagram lost.
      },
      broken: () => {
        // The deadline ends the conversation.
      },
    } satisfies DatagramHandler;
  }

  #send(sendings: readonly Sending[]): void {
    const { bounds } = this.#line;
    for (const { bytes, to, by } of sendings) {
      if (bounds.reached) {
        this.#conversation.outOfBounds();
        break;
      }
      bounds.noteSent(bytes.length);
      (by === "asker" ? this.#asker : this.#stranger)?.send(bytes, to);
    }
    if (!this.#conversation.over) return;
    this.#line.network.clock.remove(this);
    this.#stranger?.close();
    // The next question may need the same local port.
    this.#asker.close(() => this.#over(this.#conversation.seen));
  }
}
