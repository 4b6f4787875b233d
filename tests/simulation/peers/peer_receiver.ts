/**
 * A receiver as others have written it: it throws away what comes after a gap, and its waits are
 * always the same. What differs between the known ones is how they answer oddities.
 */

import {
  type Action,
  type Agreement,
  type DataPacket,
  ErrorCode,
  type Machine,
  NOTHING,
  type OackPacket,
  Opcode,
  type Packet,
  PeerSilentError,
  TftpError,
  toWire,
} from "../../../src/protocol/mod.ts";

export interface PeerReceiverManner {
  /** What a block behind a gap is answered with. */
  readonly gapAck: "never" | "once" | "each";
  /** Whether a repeated block is acknowledged again at once. */
  readonly answersRepeats: boolean;
  /** Whether every block is acknowledged, whatever the window. */
  readonly acksEach?: boolean;
  readonly waitMs: number;
  readonly retries: number;
  readonly dallyMs: number;
}

export class PeerReceiver implements Machine {
  readonly agreement: Agreement;
  readonly blocks = undefined;
  readonly retransmits = 0;
  bytes = 0;
  done = false;
  deadlineMs = Infinity;
  readonly #manner: PeerReceiverManner;
  readonly #oack: OackPacket | undefined;
  #next = 1;
  #acked = 0;
  #nacked = 0;
  #repeats = 0;
  #whole = false;

  constructor(agreement: Agreement, manner: PeerReceiverManner, oack?: OackPacket) {
    this.agreement = agreement;
    this.#manner = manner;
    this.#oack = oack;
  }

  start(nowMs: number): readonly Action[] {
    this.deadlineMs = nowMs + this.#manner.waitMs;
    return [this.#ack()];
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.done) return NOTHING;
    if (packet.opcode === Opcode.DATA) return this.#data(packet, nowMs);
    if (packet.opcode !== Opcode.ERROR) return NOTHING;
    this.#end();
    if (this.#whole) return NOTHING;
    return [{ kind: "fail", error: new TftpError("peer", packet.code, packet.message) }];
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.done) return NOTHING;
    if (this.#whole || this.#repeats++ >= this.#manner.retries) {
      this.#end();
      if (this.#whole) return NOTHING;
      return [{ kind: "fail", error: new PeerSilentError("data", 0, this.#next > 1) }];
    }
    this.deadlineMs = nowMs + this.#manner.waitMs;
    return [this.#ack()];
  }

  loaded(): readonly Action[] {
    return NOTHING;
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    this.#end();
    return [
      { kind: "send", packet: { opcode: Opcode.ERROR, code, message } },
      { kind: "fail", error },
    ];
  }

  unreachable(error: Error): readonly Action[] {
    this.#end();
    return this.#whole ? NOTHING : [{ kind: "fail", error }];
  }

  #data({ block, payload }: DataPacket, nowMs: number): readonly Action[] {
    const { blksize, windowsize, rollover } = this.agreement;
    if (payload.length > blksize) {
      const message = "Block is too long";
      return this.abort(new Error(message), ErrorCode.IllegalOperation, message);
    }
    if (this.#whole || block !== toWire(this.#next, rollover)) return this.#odd(block);
    this.#next++;
    this.#repeats = 0;
    this.deadlineMs = nowMs + this.#manner.waitMs;
    this.bytes += payload.length;
    const write: Action = { kind: "write", bytes: payload.slice() };
    if (payload.length < blksize) {
      this.#whole = true;
      this.deadlineMs = nowMs + this.#manner.dallyMs;
      return [write, { kind: "commit" }, this.#ack(), { kind: "finish" }];
    }
    const endsWindow = this.#next > this.#acked + windowsize;
    return endsWindow || this.#manner.acksEach ? [write, this.#ack()] : [write];
  }

  #odd(block: number): readonly Action[] {
    const behind = (toWire(this.#next) - block + 65536) % 65536;
    if (this.#whole || behind < 32768) {
      const last = this.#whole && block === toWire(this.#next - 1, this.agreement.rollover);
      return last || this.#manner.answersRepeats ? [this.#ack()] : NOTHING;
    }
    if (this.#manner.gapAck === "never") return NOTHING;
    if (this.#manner.gapAck === "once" && this.#nacked === this.#next) return NOTHING;
    this.#nacked = this.#next;
    return [this.#ack()];
  }

  #ack(): Action {
    this.#acked = this.#next - 1;
    if (this.#acked === 0 && this.#oack) return { kind: "send", packet: this.#oack };
    const block = toWire(this.#acked, this.agreement.rollover);
    return { kind: "send", packet: { opcode: Opcode.ACK, block } };
  }

  #end(): void {
    this.done = true;
    this.deadlineMs = Infinity;
  }
}
