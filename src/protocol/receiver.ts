/**
 * The side that sends ACK (RFC 1350 §4, RFC 7440 §4). It knows neither client nor server: a
 * server's OACK to a WRQ takes the place of ACK 0.
 *
 *     state      DATA in order           DATA behind a gap      DATA again       deadline
 *     receiving  keep; at the end of     keep; report the gap   ACK again, once  ACK again
 *                a window write and ACK  by an ACK, once        per round trip
 *     dallying   –                       –                      ACK again        done
 *
 * What came after a gap is kept, so that the block which fills it is acknowledged together with all
 * that follows. A window whose tail is lost shows as a stall: blocks came, the window is not full,
 * and no more come. It is acknowledged as far as it goes after a fraction of a round trip.
 *
 * The order of actions is guaranteed: write before ACK, and at the end write, commit, ACK. So
 * nothing is acknowledged that is not stored, and a full disk still becomes an ERROR.
 */

import { LAST_UNROLLED_INDEX, nearestIndex, type Rollover, toWire } from "./block_number.ts";
import { Dally } from "./dally.ts";
import { ErrorCode, PeerSilentError, ProtocolError, TftpError } from "./error_code.ts";
import { Flight } from "./flight.ts";
import { type Action, type Answering, NOTHING } from "./machine.ts";
import { OldBlocks } from "./old_blocks.ts";
import type { Agreement } from "./options.ts";
import { type DataPacket, Opcode, type Packet } from "./packet.ts";
import { ReceiveWindow } from "./receive_window.ts";
import { Stall } from "./stall.ts";
import type { ReceiverSettings } from "./transfer_settings.ts";

/**
 * The shortest wait for DATA. Retransmission is the sender's task; a repeated ACK helps senders
 * with long timeouts. Some answer it with an unnecessary window, and npm's tftp fails on it, so a
 * short pause of either side must not cause one.
 */
const MIN_ACK_WAIT_MS = 250;

/**
 * The machine of the side that receives a file.
 *
 * ```ts
 * import { Opcode, PLAIN_AGREEMENT, Receiver, SERVER_TIMING } from "@tftp/tftp/protocol";
 * const receiver = new Receiver(PLAIN_AGREEMENT, { timing: SERVER_TIMING, dallyMs: 0 });
 * receiver.start(0);
 * const data = { opcode: Opcode.DATA, block: 1, payload: new Uint8Array(5) };
 * if (receiver.receive(data, 9)[0]?.kind !== "write") throw new Error("it is stored first");
 * ```
 */
export class Receiver implements Answering {
  readonly agreement: Agreement;
  readonly blocks: undefined = undefined;
  retransmits = 0;
  bytes = 0;
  /** DATA packets that came twice: repeats of the sender, or copies made by the network. */
  duplicates = 0;
  /** Gaps that were reported to the sender, of one block or more each. */
  gaps = 0;
  readonly #settings: ReceiverSettings;
  readonly #window: ReceiveWindow;
  readonly #flight: Flight;
  readonly #stall: Stall;
  readonly #oldBlocks: OldBlocks;
  readonly #dally: Dally;
  #state: "receiving" | "dallying" | "done" = "receiving";
  #rollover: Rollover;
  /** Index of the last block that was acknowledged. */
  #acked = 0;
  #ackedAtMs = -Infinity;
  #firstAckedAtMs = 0;
  /** Whether the next new block answers the last ACK alone: a clean sample of the round trip. */
  #sampling = false;
  /** The gap that was last reported: the index that was missing. */
  #reported = 0;
  /** Waits for DATA 1 once it is started. */
  constructor(agreement: Agreement, settings: ReceiverSettings) {
    this.agreement = agreement;
    this.#settings = settings;
    this.#rollover = agreement.rollover;
    this.#window = new ReceiveWindow(agreement.blksize, agreement.windowsize);
    const { timing, roundTrip } = settings;
    const { timeoutMs: agreedMs, windowsize } = agreement;
    this.#flight = new Flight(timing, { agreedMs, roundTrip, leastMs: MIN_ACK_WAIT_MS });
    this.#stall = new Stall(this.#flight.roundTrip);
    this.#oldBlocks = new OldBlocks(this.#flight.roundTrip, windowsize);
    this.#dally = new Dally(settings, this.#flight.roundTrip);
  }

  get done(): boolean {
    return this.#state === "done";
  }

  get deadlineMs(): number {
    if (this.#state === "dallying") return this.#dally.untilMs;
    return Math.min(this.#flight.deadlineMs, this.#stall.deadlineMs);
  }

  /** Acknowledges the opening, which asks for DATA 1. */
  start(nowMs: number): readonly Action[] {
    this.#flight.arm(nowMs);
    this.#firstAckedAtMs = nowMs;
    this.#sampling = true;
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
    this.#sampling = false;
    if (nowMs < this.#flight.deadlineMs) {
      this.#stall.reported(nowMs);
      return this.#acknowledge(nowMs);
    }
    if (!this.#flight.repeat(nowMs)) {
      const error = new PeerSilentError("data", this.#flight.silentMs(nowMs), this.#acked > 0);
      return this.#end({ kind: "fail", error });
    }
    this.#stall.clear();
    this.#countRepeat(nowMs);
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

  unreachable(error: Error): readonly Action[] {
    if (this.done) return NOTHING;
    // A complete transfer stays complete.
    return this.#state === "dallying" ? this.#end() : this.#end({ kind: "fail", error });
  }

  answerAgain(): readonly Action[] {
    if (this.#state !== "receiving" || this.#acked > 0 || this.#window.next > 1) return NOTHING;
    this.retransmits++;
    return [this.#ack(this.#ackedAtMs)];
  }

  #data(packet: DataPacket, nowMs: number): readonly Action[] {
    if (packet.payload.length > this.agreement.blksize) {
      // A complete transfer can't fail.
      if (this.#state === "dallying") return NOTHING;
      const message = `Block of ${packet.payload.length} bytes, blksize is ` +
        `${this.agreement.blksize}`;
      return this.abort(new ProtocolError(message), ErrorCode.IllegalOperation, message);
    }
    this.#adoptRollover(packet.block);
    const window = this.#window;
    const index = nearestIndex(packet.block, window.next, this.#rollover);
    if (index < window.next) return this.#again(index, nowMs);
    if (this.#state === "dallying") return NOTHING;

    const before = window.next;
    if (window.store(index, packet.payload)) this.#arrived(index, nowMs);
    else if (window.holds(index)) this.duplicates++;
    if (window.next === before) return this.#reportGap(nowMs);
    const jumped = window.next > before + 1;
    const windowEnds = window.next > this.#acked + this.agreement.windowsize;
    if (windowEnds || jumped || window.complete) return this.#acknowledge(nowMs);
    // RFC 7440 §4: what fills one gap may show the next.
    return window.keepsBeyondGap ? this.#reportGap(nowMs) : NOTHING;
  }

  /** A block that is already here. */
  #again(index: number, nowMs: number): readonly Action[] {
    this.duplicates++;
    if (index < 1) return NOTHING;
    if (this.#state === "dallying") return this.#lastAckAgain(nowMs);
    if (this.#oldBlocks.leadOn()) {
      this.#stall.repeated(nowMs);
      this.#flight.extend(nowMs);
    }
    // What is not yet acknowledged will be, at the end of its window: repeating it says nothing.
    // Nor does what came before, once the peer has answered the last ACK.
    if (index > this.#acked || this.#window.next > this.#acked + 1) return NOTHING;
    const isLast = this.agreement.windowsize === 1 && index === this.#acked;
    if (!isLast || !this.#oldBlocks.isEcho(nowMs)) return this.#ackAgain(nowMs);
    this.#flight.spurious();
    return NOTHING;
  }

  #countRepeat(nowMs: number): void {
    this.retransmits++;
    this.#oldBlocks.repeated(nowMs);
    this.#sampling = false;
  }

  /** A new block has come: progress, and perhaps a sample. */
  #arrived(index: number, nowMs: number): void {
    if (index === this.#acked + 1) {
      const { roundTrip } = this.#flight;
      if (this.#sampling) roundTrip.sample(nowMs - this.#ackedAtMs);
      else if (this.#oldBlocks.repeats > 0) roundTrip.guess(nowMs - this.#firstAckedAtMs);
    }
    this.#sampling = false;
    this.#oldBlocks.interrupted(nowMs - this.#firstAckedAtMs);
    this.#flight.arm(nowMs);
    if (this.agreement.windowsize > 1) this.#stall.arrived(nowMs, this.#window.keepsBeyondGap);
  }

  /** RFC 7440 §4: a gap is reported at once by acknowledging the last block in order, once. */
  #reportGap(nowMs: number): readonly Action[] {
    if (this.#reported === this.#window.next) return NOTHING;
    this.#reported = this.#window.next;
    this.gaps++;
    return this.#acknowledge(nowMs);
  }

  /** Writes what is in order and acknowledges it; at the end of the file commits it first. */
  #acknowledge(nowMs: number): readonly Action[] {
    const actions: Action[] = [];
    const window = this.#window;
    const bytes = window.take();
    // Dropping moves what is kept beyond a gap over the bytes just taken.
    if (bytes.length > 0) {
      actions.push({ kind: "write", bytes: window.keepsBeyondGap ? bytes.slice() : bytes });
    }
    this.bytes += bytes.length;
    window.drop();
    // Only an ACK of a full window makes the sender send the next block.
    this.#sampling = window.next > this.#acked + this.agreement.windowsize;
    if (this.#acked !== window.next - 1) this.#firstAckedAtMs = nowMs;
    this.#acked = window.next - 1;
    if (!window.keepsBeyondGap) this.#stall.clear();
    if (!window.complete) return [...actions, this.#ack(nowMs)];
    this.#state = "dallying";
    this.#dally.begin(nowMs, this.retransmits === 0 && this.gaps === 0);
    return [...actions, { kind: "commit" }, this.#ack(nowMs), { kind: "finish" }];
  }

  /** P8: what comes again is acknowledged again, but no more than once per round trip. */
  #ackAgain(nowMs: number): readonly Action[] {
    if (nowMs - this.#ackedAtMs < this.#oldBlocks.pauseMs) return NOTHING;
    this.#countRepeat(nowMs);
    return this.#acknowledge(nowMs);
  }

  /** P9: a peer that repeats the last block has not received the last ACK. */
  #lastAckAgain(nowMs: number): readonly Action[] {
    if (nowMs - this.#ackedAtMs < this.#dally.pauseMs) return NOTHING;
    this.#countRepeat(nowMs);
    this.#dally.again(nowMs);
    return [this.#ack(nowMs)];
  }

  #ack(nowMs: number): Action {
    this.#ackedAtMs = nowMs;
    const oack = this.#settings.oack;
    if (this.#acked === 0 && oack) return { kind: "send", packet: oack };
    const block = toWire(this.#acked, this.#rollover);
    return { kind: "send", packet: { opcode: Opcode.ACK, block } };
  }

  /**
   * RFC 1350 does not say what follows 65535, and the peer need not say it. At the first rollover,
   * the number of the last block that can be outstanding shows it: one more than counting on with 0
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
    this.#flight.disarm();
    return actions;
  }
}
