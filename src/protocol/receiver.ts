/**
 * The side that sends ACK (RFC 1350 §4, RFC 7440 §4). It knows neither client nor server: a
 * server's OACK to a WRQ is simply how it spells ACK 0.
 *
 *     state      DATA in order           DATA behind a gap      DATA again       deadline
 *     receiving  keep; at the end of     keep; report the gap   ACK again, once  ACK again
 *                a window write and ACK  by an ACK, once        in a while
 *     dallying   –                       –                      last ACK again   done
 *
 * The order of actions is the promise: write before ACK, and at the end write, commit, ACK. So
 * nothing is acknowledged that is not stored, and a full disk still becomes an ERROR.
 */

import { LAST_UNROLLED_INDEX, nearestIndex, type Rollover, toWire } from "./block_number.ts";
import { ErrorCode, PeerSilentError, ProtocolError, TftpError } from "./error_code.ts";
import { agreedTiming, Flight, type Timing } from "./flight.ts";
import { type Action, type Machine, NOTHING } from "./machine.ts";
import type { Agreement } from "./options.ts";
import { type DataPacket, type OackPacket, Opcode, type Packet } from "./packet.ts";
import { ReceiveWindow } from "./receive_window.ts";

/** A repeated block is acknowledged again at most this often, so that duplicates can't breed. */
const REPEATED_ACK_MS = 20;

export interface ReceiverSettings {
  readonly timing: Timing;
  /** How long to stay and repeat the last ACK (RFC 1350 §6). */
  readonly dallyMs: number;
  /** The same after a transfer in which nothing was lost. @default {dallyMs} */
  readonly cleanDallyMs?: number;
  /** A server's answer to the request, when options were granted: ACK 0 in other words. */
  readonly oack?: OackPacket;
}

export class Receiver implements Machine {
  readonly agreement: Agreement;
  retransmits = 0;
  bytes = 0;

  readonly #settings: ReceiverSettings;
  readonly #window: ReceiveWindow;
  readonly #flight: Flight;
  #state: "receiving" | "dallying" | "done" = "receiving";
  #rollover: Rollover;
  /** Index of the last block that was acknowledged. */
  #acked = 0;
  #ackedAtMs = -Infinity;
  /** The gap that was last reported: the index that was missing. */
  #reported = 0;
  #dallyUntilMs = Infinity;

  constructor(agreement: Agreement, settings: ReceiverSettings) {
    this.agreement = agreement;
    this.#settings = settings;
    this.#rollover = agreement.rollover;
    this.#window = new ReceiveWindow(agreement.blksize, agreement.windowsize);
    this.#flight = new Flight(agreedTiming(settings.timing, agreement.timeoutMs));
  }

  get done(): boolean {
    return this.#state === "done";
  }

  get deadlineMs(): number {
    return this.#state === "dallying" ? this.#dallyUntilMs : this.#flight.deadlineMs;
  }

  /** Acknowledges the opening, and with it invites DATA 1. */
  start(nowMs: number): readonly Action[] {
    this.#flight.launch(nowMs);
    return [this.#ack(nowMs)];
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.#state === "done") return NOTHING;
    switch (packet.opcode) {
      case Opcode.DATA:
        return this.#data(packet, nowMs);
      case Opcode.OACK:
        // The peer repeats its block 0: our ACK 0 was lost.
        return this.#acked === 0 ? this.#ackAgain(nowMs) : NOTHING;
      case Opcode.ERROR:
        // RFC 1350 §7: an ERROR ends the transfer and is never answered.
        if (this.#state === "dallying") return this.#end();
        return this.#end({
          kind: "fail",
          error: new TftpError("peer", packet.code, packet.message),
        });
      default:
        return NOTHING;
    }
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.done || nowMs < this.deadlineMs) return NOTHING;
    if (this.#state === "dallying") return this.#end();
    if (!this.#flight.repeat(nowMs)) {
      const error = new PeerSilentError("data", this.#flight.silentMs(nowMs), this.#acked > 0);
      return this.#end({ kind: "fail", error });
    }
    this.retransmits++;
    return this.#acknowledge(nowMs);
  }

  loaded(): readonly Action[] {
    return NOTHING;
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    if (this.done) return NOTHING;
    this.#end();
    return [
      { kind: "send", packet: { opcode: Opcode.ERROR, code, message } },
      { kind: "fail", error },
    ];
  }

  dataBytes(): Uint8Array {
    throw new Error("A receiver sends no DATA");
  }

  #data(packet: DataPacket, nowMs: number): readonly Action[] {
    if (packet.payload.length > this.agreement.blksize) {
      // A whole transfer can't fail any more.
      if (this.#state === "dallying") return NOTHING;
      const message = `Block of ${packet.payload.length} bytes, blksize is ` +
        `${this.agreement.blksize}`;
      return this.abort(new ProtocolError(message), ErrorCode.IllegalOperation, message);
    }
    this.#adoptRollover(packet.block);
    const window = this.#window;
    const index = nearestIndex(packet.block, window.next, this.#rollover);
    if (index < window.next) return index < 1 ? NOTHING : this.#ackAgain(nowMs);
    if (this.#state === "dallying") return NOTHING;

    const before = window.next;
    if (window.store(index, packet.payload)) this.#flight.launch(nowMs);
    if (window.next === before) return this.#reportGap(nowMs);
    const jumped = window.next > before + 1;
    const windowEnds = window.next > this.#acked + this.agreement.windowsize;
    return windowEnds || jumped || window.complete ? this.#acknowledge(nowMs) : NOTHING;
  }

  /** RFC 7440 §4: a gap is reported at once by acknowledging the last block in order, once. */
  #reportGap(nowMs: number): readonly Action[] {
    if (this.#reported === this.#window.next) return NOTHING;
    this.#reported = this.#window.next;
    return this.#acknowledge(nowMs);
  }

  /** Writes what is in order and acknowledges it; at the end of the file commits it first. */
  #acknowledge(nowMs: number): readonly Action[] {
    const actions: Action[] = [];
    const bytes = this.#window.take();
    if (bytes.length > 0) actions.push({ kind: "write", bytes: this.#copyIfMoved(bytes) });
    this.bytes += bytes.length;
    this.#window.drop();
    this.#acked = this.#window.next - 1;
    if (!this.#window.complete) return [...actions, this.#ack(nowMs)];
    this.#state = "dallying";
    const { dallyMs, cleanDallyMs = dallyMs } = this.#settings;
    const clean = this.retransmits === 0 && this.#reported === 0;
    this.#dallyUntilMs = nowMs + (clean ? cleanDallyMs : dallyMs);
    return [...actions, { kind: "commit" }, this.#ack(nowMs), { kind: "finish" }];
  }

  /** Dropping moves kept blocks over the bytes just taken; only then they must be copied. */
  #copyIfMoved(bytes: Uint8Array): Uint8Array {
    return this.#window.keepsBeyondGap ? bytes.slice() : bytes;
  }

  #ackAgain(nowMs: number): readonly Action[] {
    if (nowMs - this.#ackedAtMs < REPEATED_ACK_MS) return NOTHING;
    this.retransmits++;
    return this.#state === "dallying" ? [this.#ack(nowMs)] : this.#acknowledge(nowMs);
  }

  #ack(nowMs: number): Action {
    this.#ackedAtMs = nowMs;
    const oack = this.#settings.oack;
    if (this.#acked === 0 && oack) return { kind: "send", packet: oack };
    const block = toWire(this.#acked, this.#rollover);
    return { kind: "send", packet: { opcode: Opcode.ACK, block } };
  }

  /**
   * RFC 1350 does not say what follows 65535, and the peer need not tell. At the first roll the
   * number of the last block that can be outstanding shows it: one more than counting on with 0
   * allows.
   */
  #adoptRollover(block: number): void {
    if (this.#rollover === 1 || this.#window.next > LAST_UNROLLED_INDEX + 1) return;
    const furthest = this.#acked + this.agreement.windowsize;
    if (furthest <= LAST_UNROLLED_INDEX || this.#acked > LAST_UNROLLED_INDEX) return;
    if (block !== toWire(furthest) + 1) return;
    this.#rollover = 1;
    this.#window.dropBeyondGap();
  }

  #end(...actions: Action[]): readonly Action[] {
    this.#state = "done";
    this.#flight.land();
    return actions;
  }
}
