/**
 * The side that sends DATA (RFC 1350 §4, RFC 7440 §4). It knows neither client nor server: a
 * server's OACK to an RRQ is simply its block 0, which ACK 0 acknowledges.
 *
 *     state     what is outstanding     ACK in order          the same ACK again    deadline
 *     opening   the OACK                read, DATA 1…         nothing               OACK again
 *     sending   DATA base…next−1        read, next window     see below             window again
 *     done      nothing                 nothing               nothing               never
 *
 * Lockstep is windowsize 1, and there a repeated ACK never causes DATA (RFC 1123 §4.2.3.1, the
 * Sorcerer's Apprentice). With larger windows a receiver reports a gap by acknowledging its last
 * block in order; when the first block of the window is the lost one, that is a repetition of the
 * ACK before. So a window is sent again for a repeated ACK, but once per flight: EDK2 repeats it
 * for every block behind the gap, U-Boot says it once.
 */

import { nearestIndex } from "./block_number.ts";
import { CancelledError, ErrorCode, PeerSilentError, TftpError } from "./error_code.ts";
import { agreedTiming, Flight, type Timing } from "./flight.ts";
import { type Action, type Machine, NOTHING } from "./machine.ts";
import type { Agreement } from "./options.ts";
import { type OackPacket, Opcode, type Packet } from "./packet.ts";
import { SendWindow } from "./send_window.ts";

/** The note of a transfer whose last ACK never came (RFC 1350 §6 leaves its fate open). */
export const NO_FINAL_ACK = "the last block was never acknowledged";

export interface SenderSettings {
  readonly timing: Timing;
  /** A server's answer to the request, when options were granted; it is repeated until ACK 0. */
  readonly oack?: OackPacket;
  /** Read this much at once, when it is more than a window. */
  readonly readAheadBytes?: number;
}

export class Sender implements Machine {
  readonly agreement: Agreement;
  retransmits = 0;
  bytes = 0;
  done = false;

  readonly #window: SendWindow;
  readonly #flight: Flight;
  readonly #oack: OackPacket | undefined;
  /** First index that is not acknowledged; 0 while the OACK is outstanding. */
  #base: number;
  /** The index behind the last one that was ever sent. */
  #next = 1;
  #rewound = false;
  #heard = false;

  constructor(agreement: Agreement, settings: SenderSettings) {
    const { blksize, windowsize, rollover } = agreement;
    this.agreement = agreement;
    this.#window = new SendWindow(blksize, windowsize, rollover, settings.readAheadBytes);
    this.#flight = new Flight(agreedTiming(settings.timing, agreement.timeoutMs));
    this.#oack = settings.oack;
    this.#base = settings.oack ? 0 : 1;
  }

  get deadlineMs(): number {
    return this.#flight.deadlineMs;
  }

  /** Whether the peer has acknowledged anything, the OACK included. */
  get heard(): boolean {
    return this.#heard;
  }

  start(nowMs: number): readonly Action[] {
    if (!this.#oack) return this.#fill(nowMs);
    this.#flight.launch(nowMs);
    return [{ kind: "send", packet: this.#oack }];
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.done) return NOTHING;
    switch (packet.opcode) {
      case Opcode.ACK:
        return this.#acknowledged(
          nearestIndex(packet.block, this.#base, this.agreement.rollover),
          nowMs,
        );
      case Opcode.ERROR:
        // RFC 1350 §7: an ERROR ends the transfer and is never answered.
        return this.#end({
          kind: "fail",
          error: new TftpError("peer", packet.code, packet.message),
        });
      default:
        // A repeated OACK is a repeated ACK 0: our timer repeats DATA 1. Nothing else belongs here.
        return NOTHING;
    }
  }

  loaded(length: number, nowMs: number): readonly Action[] {
    this.#window.loaded(length);
    return this.done ? NOTHING : this.#send(nowMs);
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.done || nowMs < this.deadlineMs) return NOTHING;
    if (!this.#flight.repeat(nowMs)) return this.#giveUp(nowMs);
    this.#rewound = false;
    return this.#repeat();
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    if (this.done) return NOTHING;
    this.#end({ kind: "fail", error });
    return [
      { kind: "send", packet: { opcode: Opcode.ERROR, code, message } },
      { kind: "fail", error },
    ];
  }

  dataBytes(index: number): Uint8Array {
    return this.#window.packet(index);
  }

  #acknowledged(index: number, nowMs: number): readonly Action[] {
    // What was never sent can't be acknowledged, and what is older says nothing new.
    if (index >= this.#next || index < this.#base - 1) return NOTHING;
    if (index === this.#base - 1) return this.#acknowledgedAgain();
    this.#heard = true;
    this.#rewound = false;
    if (index > 0) {
      this.bytes += this.#window.bytesIn(Math.max(this.#base, 1), index);
      this.#window.release(index + 1);
    }
    const last = this.#window.last;
    this.#base = index + 1;
    if (last !== undefined && index === last) return this.#end({ kind: "finish" });
    return this.#fill(nowMs);
  }

  #acknowledgedAgain(): readonly Action[] {
    // RFC 1123 §4.2.3.1: in lockstep a duplicate ACK sends nothing and restarts no timer.
    if (this.agreement.windowsize === 1 || this.#rewound || this.#base === 0) return NOTHING;
    // RFC 7440 §4: it may report a gap at the start of the window; believed once per flight.
    this.#rewound = true;
    return this.#repeat();
  }

  /** Gets what the next window needs from the source, then sends it. */
  #fill(nowMs: number): readonly Action[] {
    const room = this.#window.roomFor(this.#base + this.agreement.windowsize - 1);
    if (!room) return this.#send(nowMs);
    // Until the source has answered nothing is outstanding.
    this.#flight.land();
    return [{ kind: "read", into: room }];
  }

  #send(nowMs: number): readonly Action[] {
    const first = this.#base;
    const last = Math.min(first + this.agreement.windowsize - 1, this.#window.lastLoaded);
    this.retransmits += Math.max(0, Math.min(this.#next, last + 1) - first);
    this.#next = Math.max(this.#next, last + 1);
    this.#flight.launch(nowMs);
    return [{ kind: "data", first, last }];
  }

  #repeat(): readonly Action[] {
    if (this.#base === 0) {
      this.retransmits++;
      return [{ kind: "send", packet: this.#oack! }];
    }
    this.retransmits += this.#next - this.#base;
    return [{ kind: "data", first: this.#base, last: this.#next - 1 }];
  }

  #giveUp(nowMs: number): readonly Action[] {
    const last = this.#window.last;
    if (last !== undefined && this.#next === last + 1) {
      // RFC 1350 §6: all was sent, and only the end of the talk is missing.
      return this.#end({ kind: "finish", note: NO_FINAL_ACK });
    }
    const silentMs = this.#flight.silentMs(nowMs);
    const error = new PeerSilentError("acknowledgement", silentMs, this.#heard);
    return this.#end({ kind: "fail", error });
  }

  #end(action: Action): readonly Action[] {
    this.done = true;
    this.#flight.land();
    return [action];
  }
}

/** Tells a machine to stop because this side was told to (RFC 1350 gives no code but 0 for it). */
export function cancel(machine: Machine, reason: string): readonly Action[] {
  return machine.abort(new CancelledError(reason), ErrorCode.NotDefined, reason);
}
