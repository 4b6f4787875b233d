/**
 * Tests as scripts: events of a machine, their times, and its actions.
 *
 *     new Timeline(machine, file)
 *       .at(0).starts().sends(data(1, …))
 *       .atDeadline().timesOut().sends(data(1, …))
 *       .at(1050).receives(ack(1)).sends(data(2, …))
 *       .goesOn();
 *
 * Actions are performed as by the driver: `read` is answered from the file, and DATA is taken from
 * the machine at once. Each action must be asserted before the next event, and before the script
 * ends with {@linkcode Timeline.goesOn} or {@linkcode Timeline.ends}.
 */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  type Action,
  decodePacket,
  describePacket,
  type Machine,
  Opcode,
  type Packet,
} from "../../../src/protocol/mod.ts";

/** An action that a machine has returned, with copies of all bytes. */
export type Performed =
  | { readonly kind: "send"; readonly packet: Packet }
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  | { readonly kind: "commit" }
  | { readonly kind: "finish"; readonly note: string | undefined }
  | { readonly kind: "fail"; readonly error: Error };

/** A short description, such as `send ACK 1` or `write 512`. */
export function describePerformed(operation: Performed): string {
  switch (operation.kind) {
    case "send":
      return `send ${describePacket(operation.packet)}`;
    case "write":
      return `write ${operation.bytes.length}`;
    case "commit":
      return "commit";
    case "finish":
      return operation.note === undefined ? "finish" : `finish, ${operation.note}`;
    case "fail":
      return `fail ${operation.error.name}`;
  }
}

/** Performs the actions of a machine, answering its reads from a file. */
export class Executor {
  readonly #machine: Machine;
  readonly #file: Uint8Array;
  #readBytes = 0;

  constructor(machine: Machine, file: Uint8Array) {
    this.#machine = machine;
    this.#file = file;
  }

  perform(actions: readonly Action[], nowMs: number): Performed[] {
    return actions.flatMap((action) => this.#do(action, nowMs));
  }

  #do(action: Action, nowMs: number): Performed[] {
    switch (action.kind) {
      case "send":
        return [{ kind: "send", packet: action.packet }];
      case "data":
        assert(action.first <= action.last, `DATA ${action.first} to ${action.last}`);
        return Array.from({ length: action.last - action.first + 1 }, (_, i) => {
          const bytes = this.#machine.blocks!.packet(action.first + i).slice();
          return { kind: "send", packet: decodePacket(bytes) };
        });
      case "read": {
        assert(action.into.length > 0, "A read into no room");
        const rest = this.#file.subarray(this.#readBytes);
        const piece = rest.subarray(0, action.into.length);
        action.into.set(piece);
        this.#readBytes += piece.length;
        return this.perform(this.#machine.loaded(piece.length, nowMs), nowMs);
      }
      case "write":
        return [{ kind: "write", bytes: action.bytes.slice() }];
      case "finish":
        return [{ kind: "finish", note: action.note }];
      default:
        return [action];
    }
  }
}

type ErrorType = abstract new (...words: never[]) => Error;

export class Timeline {
  readonly machine: Machine;
  readonly #executor: Executor;
  #nowMs = 0;
  #performed: Performed[] = [];

  /** `file` is what the machine's reads are answered from. */
  constructor(machine: Machine, file: Uint8Array = new Uint8Array(0)) {
    this.machine = machine;
    this.#executor = new Executor(machine, file);
  }

  /** Sets the time, which must not run backwards. */
  at(nowMs: number): this {
    assert(nowMs >= this.#nowMs, `The script goes back from ${this.#nowMs} to ${nowMs}`);
    this.#nowMs = nowMs;
    return this;
  }

  /** Moves time forward. */
  after(ms: number): this {
    return this.at(this.#nowMs + ms);
  }

  /** Sets the time to the machine's deadline. */
  atDeadline(): this {
    assert(Number.isFinite(this.machine.deadlineMs), "The machine has no deadline");
    return this.at(this.machine.deadlineMs);
  }

  starts(): this {
    return this.#happens(() => this.machine.start(this.#nowMs));
  }

  /** Packets from the peer, one after the other at the same time. */
  receives(...packets: Packet[]): this {
    this.doesNothing();
    for (const packet of packets) {
      this.#performed.push(...this.#perform(this.machine.receive(packet, this.#nowMs)));
    }
    return this;
  }

  timesOut(): this {
    const { deadlineMs } = this.machine;
    assert(this.#nowMs >= deadlineMs, `No timeout before ${deadlineMs}, it is ${this.#nowMs}`);
    return this.#happens(() => this.machine.timeout(this.#nowMs));
  }

  /** The clock asks although the deadline has not come. */
  ticks(): this {
    return this.#happens(() => this.machine.timeout(this.#nowMs));
  }

  aborts(error: Error, code: number, message: string): this {
    return this.#happens(() => this.machine.abort(error, code, message));
  }

  sends(...packets: Packet[]): this {
    const sent = packets.map((packet) => ({ kind: "send", packet } as const));
    return this.#did(...sent);
  }

  writes(bytes: Uint8Array): this {
    return this.#did({ kind: "write", bytes });
  }

  commits(): this {
    return this.#did({ kind: "commit" });
  }

  finishes(note?: string): this {
    return this.#did({ kind: "finish", note });
  }

  /** Fails with an error of a type, whose message holds these words. */
  fails(type: ErrorType, words = ""): this {
    const operation = this.#performed.shift();
    assert(
      operation?.kind === "fail",
      `Wanted a failure, not ${operation ? describePerformed(operation) : "nothing"}`,
    );
    assertInstanceOf(operation.error, type);
    assertStringIncludes(operation.error.message, words);
    return this;
  }

  /** Asserts that the last event has no further action. */
  doesNothing(): this {
    assertEquals(this.#performed.map(describePerformed), [], `Left at ${this.#nowMs} ms`);
    return this;
  }

  /** The machine's deadline is exactly this. */
  waitsUntil(deadlineMs: number): this {
    assertEquals(this.machine.deadlineMs, deadlineMs, `The deadline at ${this.#nowMs} ms`);
    return this;
  }

  /** The script ends, the machine does not. */
  goesOn(): void {
    this.doesNothing();
    assertEquals(this.machine.done, false, "The machine is done");
  }

  /** The script ends, and so has the machine: it waits for nothing. */
  ends(): void {
    this.doesNothing();
    assertEquals(this.machine.done, true, "The machine is not done");
    assertEquals(this.machine.timeout(this.#nowMs + 1e9), []);
  }

  /** The actions of the last event, taken as asserted. */
  takePerformed(): Performed[] {
    const performed = this.#performed;
    this.#performed = [];
    return performed;
  }

  #happens(event: () => readonly Action[]): this {
    this.doesNothing();
    this.#performed = this.#perform(event());
    return this;
  }

  /** As a driver does: then there is time to read ahead, which must change nothing else. */
  #perform(actions: readonly Action[]): Performed[] {
    const performed = this.#executor.perform(actions, this.#nowMs);
    const { deadlineMs } = this.machine;
    while (this.machine.readsAhead) {
      const ahead = this.#executor.perform(this.machine.readAhead!(), this.#nowMs);
      assertEquals(ahead, [], "Reading ahead sends nothing");
    }
    assertEquals(this.machine.deadlineMs, deadlineMs, "Reading ahead changes no deadline");
    return performed;
  }

  #did(...wanted: Performed[]): this {
    const performed = this.#performed.splice(0, wanted.length);
    assertEquals(
      performed.map(describePerformed),
      wanted.map(describePerformed),
      `At ${this.#nowMs} ms`,
    );
    assertEquals(performed, wanted, `At ${this.#nowMs} ms`);
    return this;
  }
}

/** The payloads of the DATA packets among actions, by wire number and in order. */
export function sentBlocks(
  performed: readonly Performed[],
): { block: number; payload: Uint8Array }[] {
  return performed.flatMap((operation) =>
    operation.kind === "send" && operation.packet.opcode === Opcode.DATA
      ? [{ block: operation.packet.block, payload: operation.packet.payload }]
      : []
  );
}
