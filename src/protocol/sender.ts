/**
 * The side that sends DATA (RFC 1350 §4, RFC 7440 §4). It knows neither client nor server: a
 * server's OACK to an RRQ is its block 0, which ACK 0 acknowledges.
 *
 *     outstanding        ACK of all of it     ACK of a part     the same ACK again    deadline
 *     OACK               read, DATA 1…        –                 nothing               OACK again
 *     base … next−1      next window          see Repair        see below             see below
 *     nothing (done)     nothing              nothing           nothing               never
 *
 * Lockstep is windowsize 1, and there a repeated ACK never causes DATA (RFC 1123 §4.2.3.1, the
 * Sorcerer's Apprentice). In larger windows a receiver reports a gap by acknowledging its last
 * block in order; when the block behind it is the window's first, that repeats the ACK before. Such
 * an ACK counts once per round trip of the block that it reports missing: EDK2 repeats it for every
 * block after the gap, U-Boot sends it once.
 */

import { nearestIndex } from "./block_number.ts";
import { PeerSilentError, TftpError } from "./error_code.ts";
import { Flight } from "./flight.ts";
import { type Action, type Answering, type Blocks, NO_FINAL_ACK, NOTHING } from "./machine.ts";
import type { Agreement } from "./options.ts";
import { Pace } from "./pace.ts";
import { type OackPacket, Opcode, type Packet } from "./packet.ts";
import { Repair } from "./repair.ts";
import { SendWindow } from "./send_window.ts";
import { SentLog } from "./sent_log.ts";
import type { SenderSettings } from "./transfer_settings.ts";

/**
 * The machine of the side that sends a file.
 *
 * ```ts
 * import { Opcode, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const content = new Uint8Array(60);
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING, content });
 * sender.start(0);
 * sender.receive({ opcode: Opcode.ACK, block: 1 }, 10);
 * if (!sender.done || sender.bytes !== 60) throw new Error(`${sender.bytes} bytes`);
 * ```
 */
export class Sender implements Answering {
  readonly agreement: Agreement;
  retransmits = 0;
  bytes = 0;
  done = false;
  readonly #window: SendWindow;
  readonly #flight: Flight;
  readonly #sent: SentLog;
  readonly #pace: Pace;
  readonly #repair: Repair;
  readonly #oack: OackPacket | undefined;
  /** The first index that is not acknowledged; 0 while the OACK is outstanding. */
  #base: number;
  /** The next index to send: below `next` while the sender goes back, otherwise `next` itself. */
  #cursor = 1;
  /** One more than the last index that was ever sent. */
  #next = 1;
  /** When the next burst may leave. */
  #burstAtMs = Infinity;
  #oackSentMs = 0;
  #oackRepeats = 0;
  #heard = false;

  /** Sends its OACK, or DATA 1, once it is started. */
  constructor(agreement: Agreement, settings: SenderSettings) {
    const { blksize, windowsize, rollover, timeoutMs: agreedMs } = agreement;
    const { timing, roundTrip } = settings;
    this.agreement = agreement;
    const { readAheadBytes, content } = settings;
    this.#window = new SendWindow({ blksize, windowsize, rollover, readAheadBytes, content });
    this.#flight = new Flight(timing, { agreedMs, roundTrip });
    this.#sent = new SentLog(windowsize);
    this.#pace = new Pace(windowsize);
    this.#repair = new Repair(this.#sent, this.#flight.roundTrip, windowsize);
    this.#oack = settings.oack;
    this.#base = settings.oack ? 0 : 1;
  }

  get blocks(): Blocks {
    return this.#window;
  }

  get deadlineMs(): number {
    return Math.min(this.#flight.deadlineMs, this.#burstAtMs, this.#repair.probeTimeoutAtMs);
  }

  start(nowMs: number): readonly Action[] {
    if (!this.#oack) return this.#fill(nowMs);
    this.#oackSentMs = nowMs;
    this.#flight.arm(nowMs);
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
        return this.#fail(new TftpError("peer", packet.code, packet.message));
      default:
        // A repeated OACK is a repeated ACK 0: our timer repeats DATA 1. Other packets are ignored.
        return NOTHING;
    }
  }

  loaded(length: number, nowMs: number): readonly Action[] {
    const isAhead = this.#window.loaded(length);
    return this.done || isAhead ? NOTHING : this.#fill(nowMs);
  }

  get readsAhead(): boolean {
    // A peer that never answers costs no buffer.
    if (this.done || this.#base === 0) return false;
    return this.#window.readsAhead(this.#cursor - 1 + this.agreement.windowsize);
  }

  readAhead(): readonly Action[] {
    return this.readsAhead ? [{ kind: "read", into: this.#window.roomAhead() }] : NOTHING;
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.done || nowMs < this.deadlineMs) return NOTHING;
    if (nowMs >= this.#flight.deadlineMs) return this.#repeatFlight(nowMs);
    // RFC 7440 §4: a peer that did not keep what came after the gap gets all of it again.
    if (this.#repair.probeTimedOut(nowMs)) this.#cursor = this.#base;
    const sent = this.#transmit(nowMs);
    this.#flight.extend(nowMs);
    return actionsOf(sent);
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    if (this.done) return NOTHING;
    const packet: Packet = { opcode: Opcode.ERROR, code, message };
    return [{ kind: "send", packet }, ...this.#fail(error)];
  }

  unreachable(error: Error): readonly Action[] {
    if (this.done) return NOTHING;
    // A client that has everything may close its socket at once (RFC 1350 §6).
    return this.#allSent ? this.#endUnconfirmed() : this.#fail(error);
  }

  answerAgain(): readonly Action[] {
    if (this.done || this.#heard || this.#base > 0 && this.#next === 1) return NOTHING;
    this.retransmits++;
    if (this.#base > 0) return [{ kind: "data", first: 1, last: 1 }];
    this.#oackRepeats++;
    return [{ kind: "send", packet: this.#oack! }];
  }

  #acknowledged(index: number, nowMs: number): readonly Action[] {
    // An ACK of a block that was never sent is wrong, and an older ACK says nothing new.
    if (index >= this.#next || index < this.#base - 1) return NOTHING;
    if (index === this.#base - 1) return this.#acknowledgedAgain(nowMs);
    this.#heard = true;
    if (index > 0) this.#learn(index, nowMs);
    else if (this.#oackRepeats === 0) this.#flight.roundTrip.sample(nowMs - this.#oackSentMs);
    const last = this.#window.last;
    this.#base = index + 1;
    this.#cursor = Math.max(this.#cursor, this.#base);
    if (index === last) return this.#end({ kind: "finish" });
    return this.#fill(nowMs);
  }

  #learn(index: number, nowMs: number): void {
    this.bytes += this.#window.bytesIn(Math.max(this.#base, 1), index);
    // Karn's rule: only the answer to something that was sent once is a sample of the round trip.
    const { roundTrip } = this.#flight;
    if (this.#sent.isClean(index)) roundTrip.sample(nowMs - this.#sent.atMs(index));
    else roundTrip.guess(nowMs - this.#sent.firstAtMs(index));
    const next = this.#next;
    if (this.#repair.advanced(Math.max(this.#base, 1), index, { next, nowMs })) this.#pace.clean();
    this.#window.release(index + 1);
  }

  #acknowledgedAgain(nowMs: number): readonly Action[] {
    const base = this.#base;
    if (base === 0 || base >= this.#next) return NOTHING;
    // RFC 1123 §4.2.3.1: in lockstep a duplicate ACK sends nothing and restarts no timer. It only
    // shows that a retransmission was unnecessary, if the previous block had been repeated.
    if (this.agreement.windowsize === 1) {
      this.#repair.acknowledgedTwice(base - 1, nowMs);
      return NOTHING;
    }
    if (!this.#repair.believes(base, nowMs)) return NOTHING;
    return actionsOf(this.#retransmit(nowMs), this.#transmit(nowMs));
  }

  /** Reads what the window needs from the source, then sends it. */
  #fill(nowMs: number): readonly Action[] {
    const room = this.#window.roomFor(this.#base + this.agreement.windowsize - 1);
    if (!room) return this.#send(nowMs);
    // While the source is read, the peer's timeout does not run.
    this.#flight.disarm();
    return [{ kind: "read", into: room }];
  }

  #send(nowMs: number): readonly Action[] {
    this.#flight.arm(nowMs);
    const isMissing = this.#base < this.#cursor && this.#repair.missing(this.#base, nowMs);
    const again = isMissing ? this.#retransmit(nowMs) : undefined;
    return actionsOf(again, this.#transmit(nowMs));
  }

  /** Block `base` is missing at the peer: sends again what {@linkcode Repair} thinks is needed. */
  #retransmit(nowMs: number): Action | undefined {
    this.#pace.lost(this.#sent.times(this.#base));
    return this.#sendAgain(this.#repair.plan(this.#base, nowMs), nowMs);
  }

  /** Retransmits so many of the open blocks; all of them, as the window allows. */
  #sendAgain(blocks: number, nowMs: number): Action | undefined {
    if (blocks === Infinity) {
      this.#cursor = this.#base;
      return undefined;
    }
    const last = Math.min(this.#base + blocks, Math.max(this.#cursor, this.#base + 1)) - 1;
    const sent = this.#sendBlocks(this.#base, last, nowMs);
    this.#cursor = Math.max(this.#cursor, last + 1);
    return sent;
  }

  /** Sends what the window still allows, in bursts. */
  #transmit(nowMs: number): Action | undefined {
    this.#burstAtMs = Infinity;
    if (this.#repair.probing) return undefined;
    const end = Math.min(this.#base + this.agreement.windowsize - 1, this.#window.lastLoaded);
    const last = Math.min(end, this.#cursor + this.#pace.burst - 1);
    if (last < this.#cursor) return undefined;
    const sent = this.#sendBlocks(this.#cursor, last, nowMs);
    this.#cursor = last + 1;
    if (last < end) {
      this.#burstAtMs = nowMs + this.#pace.pauseMs(this.#flight.roundTrip.typicalMs);
    }
    return sent;
  }

  #sendBlocks(first: number, last: number, nowMs: number): Action {
    this.retransmits += Math.max(0, Math.min(last + 1, this.#next) - first);
    this.#sent.note(first, last, this.#next, nowMs);
    this.#next = Math.max(this.#next, last + 1);
    return { kind: "data", first, last };
  }

  /** The flight was not answered in time. */
  #repeatFlight(nowMs: number): readonly Action[] {
    if (!this.#flight.repeat(nowMs)) return this.#giveUp(nowMs);
    if (this.#base === 0) {
      this.retransmits++;
      this.#oackRepeats++;
      return [{ kind: "send", packet: this.#oack! }];
    }
    this.#pace.lost(this.#sent.times(this.#base));
    const again = this.#sendAgain(this.#repair.timedOut(this.#base, nowMs), nowMs);
    return actionsOf(again, this.#transmit(nowMs));
  }

  #giveUp(nowMs: number): readonly Action[] {
    // RFC 1350 §6: everything was sent, and only the last ACK is missing.
    if (this.#allSent) return this.#endUnconfirmed();
    const silentMs = this.#flight.silentMs(nowMs);
    return this.#fail(new PeerSilentError("acknowledgement", silentMs, this.#heard));
  }

  /** Whether everything was sent, and the peer has not reported that some of it is missing. */
  get #allSent(): boolean {
    const { last } = this.#window;
    return last !== undefined && this.#next === last + 1 && !this.#repair.reports(this.#base);
  }

  /** All was sent, and counts as such. */
  #endUnconfirmed(): readonly Action[] {
    this.bytes += this.#window.bytesIn(Math.max(this.#base, 1), this.#next - 1);
    return this.#end({ kind: "finish", note: NO_FINAL_ACK });
  }

  #fail(error: Error): readonly Action[] {
    return this.#end({ kind: "fail", error });
  }

  #end(action: Action): readonly Action[] {
    this.done = true;
    this.#flight.disarm();
    return [action];
  }
}

/** One array for every window: one that is filled by `push` takes three times the memory. */
function actionsOf(first: Action | undefined, second?: Action): readonly Action[] {
  if (first === undefined) return second === undefined ? NOTHING : [second];
  return second === undefined ? [first] : [first, second];
}
