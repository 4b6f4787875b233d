/**
 * A peer that does one thing at a time: before it sends a certain block, or acknowledges it, it
 * reads or writes its flash for a while. What comes meanwhile waits in its socket, and its own wait
 * for an answer begins when it has sent something. The network may lose the answer to that block.
 */

import {
  type Action,
  type Agreement,
  type Blocks,
  DEFAULT_BLKSIZE,
  type Machine,
  nearestIndex,
  NOTHING,
  Opcode,
  type Packet,
} from "../../../src/protocol/mod.ts";
import type { Opening } from "../../../src/client/attempt.ts";

/** Where a peer pauses; "every" is before each new block, or window of them. */
export const PAUSE_PLACES = ["first", "middle", "last", "every"] as const;

export interface PausePlan {
  readonly at: typeof PAUSE_PLACES[number];
  readonly forMs: number;
  /** So many answers to that block are lost; with "every", to the last one. */
  readonly lostAnswers: number;
}

/** What waits in the peer's socket at most; more is lost. */
const MAX_WAITING = 64;

/** What the peer does with a file of so many bytes. */
export interface PausingRole {
  readonly sends: boolean;
  readonly size: number;
}

export class PausingPeer implements Machine {
  readonly #machine: Machine & Partial<Opening>;
  readonly #plan: PausePlan;
  readonly #role: PausingRole;
  /** The newest block that the peer has come to. */
  #reached = 0;
  #lostAnswers: number;
  #untilMs = Infinity;
  #waiting: Packet[] = [];

  constructor(machine: Machine & Partial<Opening>, plan: PausePlan, role: PausingRole) {
    this.#machine = machine;
    this.#plan = plan;
    this.#role = role;
    this.#lostAnswers = plan.lostAnswers;
  }

  /** Whoever pauses before its answer has been answered all the same. */
  get answered(): boolean {
    return this.#machine.answered === true || this.#waiting.length > 0;
  }

  get blocks(): Blocks | undefined {
    return this.#machine.blocks;
  }

  get agreement(): Agreement | undefined {
    return this.#machine.agreement;
  }

  get done(): boolean {
    return this.#machine.done;
  }

  get bytes(): number {
    return this.#machine.bytes;
  }

  get retransmits(): number {
    return this.#machine.retransmits;
  }

  get deadlineMs(): number {
    return this.#untilMs === Infinity ? this.#machine.deadlineMs : this.#untilMs;
  }

  start(nowMs: number): readonly Action[] {
    return this.#machine.start(nowMs);
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.#untilMs !== Infinity) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(copyOf(packet));
      return NOTHING;
    }
    if (this.#loses(packet)) return NOTHING;
    if (!this.#pausesFor(packet)) return this.#machine.receive(packet, nowMs);
    this.#untilMs = nowMs + this.#plan.forMs;
    this.#waiting = [copyOf(packet)];
    return NOTHING;
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.#untilMs === Infinity) return this.#machine.timeout(nowMs);
    if (nowMs < this.#untilMs) return NOTHING;
    this.#untilMs = Infinity;
    const [cause, ...rest] = this.#waiting;
    this.#waiting = [];
    const actions = [...this.#machine.receive(cause!, nowMs)];
    for (const packet of rest) actions.push(...this.receive(packet, nowMs));
    // What it paused for may have told it nothing new, and its own wait is over.
    if (nowMs >= this.deadlineMs) actions.push(...this.#machine.timeout(nowMs));
    return actions;
  }

  loaded(length: number, nowMs: number): readonly Action[] {
    return this.#machine.loaded(length, nowMs);
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    this.#untilMs = Infinity;
    return this.#machine.abort(error, code, message);
  }

  unreachable(error: Error): readonly Action[] {
    this.#untilMs = Infinity;
    return this.#machine.unreachable(error);
  }

  /** Whether the peer now comes to a block that it pauses at. */
  #pausesFor(packet: Packet): boolean {
    const index = this.#indexOf(packet);
    const block = this.#role.sends ? index + 1 : index;
    const last = this.#lastOf(packet);
    if (index < 0 || block <= this.#reached || block > last) return false;
    const { windowsize = 1 } = this.#machine.agreement ?? {};
    const furthest = this.#role.sends ? Math.min(block + windowsize - 1, last) : block;
    const wanted = this.#blockOf(last);
    const isIt = this.#plan.at === "every" || (this.#reached < wanted && furthest >= wanted);
    this.#reached = furthest;
    return isIt;
  }

  /** Whether this answers the block that it has paused at, and is lost. */
  #loses(packet: Packet): boolean {
    const block = this.#blockOf(this.#lastOf(packet));
    if (this.#lostAnswers === 0 || this.#reached < block) return false;
    const index = this.#indexOf(packet);
    if (index < 1 || (this.#role.sends ? index < block : index <= block)) return false;
    this.#lostAnswers--;
    return true;
  }

  /** The index that an ACK or DATA names, 0 for an OACK; -1 for what says nothing here. */
  #indexOf(packet: Packet): number {
    const opcode = this.#role.sends ? Opcode.ACK : Opcode.DATA;
    if (packet.opcode === Opcode.OACK && this.#role.sends) return 0;
    if (packet.opcode !== opcode || !("block" in packet)) return -1;
    return nearestIndex(packet.block, this.#reached);
  }

  /** The block of the file that it pauses at; with "every" the last one is meant. */
  #blockOf(last: number): number {
    const { at } = this.#plan;
    return at === "first" ? 1 : at === "middle" ? Math.ceil(last / 2) : last;
  }

  #lastOf(packet: Packet): number {
    const granted = packet.opcode === Opcode.OACK ? packet.options : [];
    const asked = granted.find(({ name }) => name === "blksize")?.value ?? DEFAULT_BLKSIZE;
    const blksize = this.#machine.agreement?.blksize ?? Number(asked);
    return Math.floor(this.#role.size / blksize) + 1;
  }
}

/** What waits is kept, and the buffer that it came in is used again. */
function copyOf(packet: Packet): Packet {
  return packet.opcode === Opcode.DATA ? { ...packet, payload: packet.payload.slice() } : packet;
}
