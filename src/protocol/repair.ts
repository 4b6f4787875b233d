/**
 * How a sender reacts to an ACK inside its window: which blocks it retransmits. By RFC 7440 §4 a
 * receiver discards the blocks after a gap, and the sender goes back to the gap (go-back-N). Some
 * receivers keep those blocks, and then only the missing ones are retransmitted (selective repeat).
 *
 *     receiver  learnt from                              retransmitted
 *     unknown   –                                        one block (a probe), then wait for its ACK
 *     keeps     an ACK soon after the probe              the missing blocks only
 *     drops     two probes without an ACK, or a whole    the whole window from the gap
 *               window that was repaired block by block
 *
 * Some receivers agree to windows but acknowledge every block. Their ACKs advance by single blocks,
 * or report blocks missing that had arrived: then only repeated ACKs count as reports.
 *
 * A wrong guess costs time or blocks, never the file, and later ACKs correct it.
 */

import type { RoundTrip } from "./round_trip.ts";
import type { SentLog } from "./sent_log.ts";

type Habit = "unknown" | "keeps" | "drops";

/** Probes without an ACK after which a receiver counts as one that drops blocks. */
const SILENT_PROBES_FOR_GO_BACK_N = 2;

/** Consecutive ACKs of a single block that show a receiver which acknowledges every block. */
const SINGLE_STEPS_FOR_EVERY_BLOCK = 3;

/** Consecutive wrong reports of missing blocks that show the same. */
const FALSE_REPORTS_FOR_EVERY_BLOCK = 4;

/** Round trips within which a receiver that acknowledges every block answers a retransmission. */
const DUPLICATE_WITHIN = 1.5;

/** An ACK that comes later than this after a retransmission does not answer it. */
const MAX_DUPLICATE_MS = 2000;

/** The shortest wait before a repeated ACK causes another retransmission of the same block. */
const MIN_REPEAT_MS = 5;

/** The shortest wait for the ACK of a probe. */
const MIN_PROBE_TIMEOUT_MS = 10;

export class Repair {
  /** When a probe counts as unanswered; Infinity without a probe. */
  probeTimeoutAtMs = Infinity;
  readonly #sent: SentLog;
  readonly #roundTrip: RoundTrip;
  readonly #windowsize: number;
  #habit: Habit = "unknown";
  /** Whether ACKs come for every block, so that one of a part of the window reports nothing. */
  #everyBlock = false;
  #silentProbes = 0;
  #singleSteps = 0;
  #falseReports = 0;
  /** Until when a duplicate ACK may be the answer to a retransmission. */
  #duplicatesUntilMs = -Infinity;
  /** Consecutive blocks that had to be retransmitted one by one. */
  #repairedInRow = 0;
  /** The block that an ACK has reported missing, and when. */
  #reportedLoss = 0;
  #lossReportedAtMs = 0;
  /** Blocks to retransmit next; doubles while several consecutive blocks are missing. */
  #blocks = 1;
  /** Whether the probe was sent because of a timeout. */
  #probedAtTimeout = false;
  /** The last retransmitted block; with windowsize 1, until when a duplicate ACK may answer it. */
  #retransmittedTo = 0;
  #retransmittedAtMs = 0;
  #duplicateUntilMs = -Infinity;
  /** Whether the next block after the latest ACK may be lost, and not just still on its way. */
  #openIsMissing = false;

  constructor(sent: SentLog, roundTrip: RoundTrip, windowsize: number) {
    this.#sent = sent;
    this.#roundTrip = roundTrip;
    this.#windowsize = windowsize;
  }

  /** Whether the sender waits for the ACK of a probe, and sends nothing else. */
  get probing(): boolean {
    return this.probeTimeoutAtMs !== Infinity;
  }

  /**
   * An ACK advanced from `base` to `index`; returns whether a whole window was acknowledged without
   * retransmission.
   */
  advanced(base: number, index: number, { next, nowMs }: { next: number; nowMs: number }): boolean {
    const retransmitted = this.#newestRetransmitted(base, index);
    if (this.#everyBlock && retransmitted !== 0) {
      this.#duplicatesUntilMs = nowMs + DUPLICATE_WITHIN * this.#roundTrip.typicalMs;
    }
    if (this.#reportedLoss !== 0 && index >= this.#reportedLoss) this.#checkReport(nowMs);
    if (this.#windowsize === 1 && retransmitted !== 0) {
      this.#retransmittedTo = retransmitted;
      this.#retransmittedAtMs = this.#sent.atMs(retransmitted);
      // No round trip is longer than the first answer took.
      const duplicateMs = Math.min(
        DUPLICATE_WITHIN * (nowMs - this.#sent.firstAtMs(retransmitted)),
        MAX_DUPLICATE_MS,
      );
      this.#duplicateUntilMs = this.#retransmittedAtMs + duplicateMs;
    }
    const single = index === base && index < next - 1;
    this.#singleSteps = single ? this.#singleSteps + 1 : 0;
    if (this.#singleSteps >= SINGLE_STEPS_FOR_EVERY_BLOCK && this.#windowsize > 1) {
      this.#everyBlock = true;
    }
    // The ACK covers blocks sent only before the retransmission: the receiver has kept them.
    const kept = retransmitted !== 0 && this.#sent.order(index) < this.#sent.order(retransmitted);
    // Only the retransmission can have caused this ACK, so Karn's rule allows the sample.
    if (kept && this.#sent.times(retransmitted) === 2) {
      this.#roundTrip.sample(nowMs - this.#sent.atMs(retransmitted));
    }
    if (kept || (this.probing && index < next - 1 && !this.#everyBlock)) this.#keepsBlocks();
    else if (this.probing) this.probeTimeoutAtMs = Infinity;
    if (index === next - 1) {
      this.#blocks = 1;
      return retransmitted === 0;
    }
    // An ACK caused by a retransmitted block covers only blocks that were sent before it.
    const open = index + 1;
    this.#openIsMissing = retransmitted === 0 ||
      this.#sent.order(open) < this.#sent.order(retransmitted);
    this.#blocks = retransmitted !== 0 && index === this.#retransmittedTo ? this.#blocks * 2 : 1;
    this.#repairedInRow = retransmitted !== 0 && index <= this.#retransmittedTo
      ? this.#repairedInRow + index + 1 - base
      : 0;
    if (this.#repairedInRow >= this.#windowsize && this.#windowsize > 1) this.#habit = "drops";
    return false;
  }

  /** Whether an ACK has reported block `base` missing, and none has acknowledged it since. */
  reports(base: number): boolean {
    return this.#reportedLoss === base;
  }

  /** Whether block `base`, which an ACK has left open, is missing at the receiver. */
  missing(base: number, nowMs: number): boolean {
    if (!this.#openIsMissing || this.#everyBlock) return false;
    this.#openIsMissing = false;
    if (this.#roundTrip.isTooSoon(nowMs - this.#sent.atMs(base))) return false;
    this.#reportedMissing(base, nowMs);
    return true;
  }

  /** Whether the same ACK again reports block `base` missing: once per round trip of that block. */
  believes(base: number, nowMs: number): boolean {
    if (this.probing || nowMs < this.#duplicatesUntilMs) return false;
    // A retransmission too early costs a whole window if the receiver drops, else one block.
    const typicalMs = this.#habit === "drops"
      ? this.#roundTrip.typicalMs
      : this.#roundTrip.minimumMs;
    const repeats = this.#sent.times(base) - 1;
    // A growing queue on the path makes round trips longer: wait longer for each repetition.
    const waitMs = repeats === 0
      ? typicalMs
      : Math.max(typicalMs, MIN_REPEAT_MS) * 2 ** (repeats - 1);
    if (nowMs - this.#sent.atMs(base) < waitMs) return false;
    this.#reportedMissing(base, nowMs);
    return true;
  }

  /** How many blocks from `base` to send again; Infinity for all of them. */
  plan(base: number, nowMs: number): number {
    switch (this.#habit) {
      case "drops":
        return Infinity;
      case "unknown":
        this.probeTimeoutAtMs = nowMs + this.#probeTimeoutMs(nowMs - this.#sent.atMs(base));
        this.#probedAtTimeout = false;
        this.#blocks = 1;
        break;
    }
    this.#retransmittedTo = base + this.#blocks - 1;
    return this.#blocks;
  }

  /** The deadline passed with `base` open: how many blocks to send again. */
  timedOut(base: number, nowMs: number): number {
    // The probe timeout may be later than any deadline, if the timeout option was agreed.
    const unanswered = this.probing && this.#probedAtTimeout;
    this.probeTimeoutAtMs = Infinity;
    this.#blocks = 1;
    // A report that was ignored may have been right.
    this.#everyBlock = false;
    this.#singleSteps = 0;
    this.#falseReports = 0;
    // With windowsize 1 there is only one. A larger window may have arrived, and its ACK was lost.
    if (this.#windowsize === 1) return 1;
    if (unanswered && this.probeUnanswered()) return Infinity;
    const blocks = this.plan(base, nowMs);
    this.#probedAtTimeout = true;
    return blocks;
  }

  /** Whether everything after the gap must be sent again, because a probe got no ACK in time. */
  probeTimedOut(nowMs: number): boolean {
    return nowMs >= this.probeTimeoutAtMs && this.probeUnanswered();
  }

  /** A probe got no ACK: returns whether everything after the gap must be sent again. */
  probeUnanswered(): boolean {
    this.probeTimeoutAtMs = Infinity;
    if (++this.#silentProbes >= SILENT_PROBES_FOR_GO_BACK_N) this.#habit = "drops";
    return true;
  }

  /**
   * With windowsize 1, the previous block was acknowledged a second time. If it was sent twice,
   * this ACK answers the retransmission, which was unnecessary: the time since then is a round
   * trip.
   */
  acknowledgedTwice(index: number, nowMs: number): void {
    if (index !== this.#retransmittedTo || nowMs > this.#duplicateUntilMs) return;
    this.#roundTrip.sample(nowMs - this.#retransmittedAtMs);
    this.#roundTrip.spurious();
    this.#duplicateUntilMs = -Infinity;
  }

  #reportedMissing(base: number, nowMs: number): void {
    this.#reportedLoss = base;
    this.#lossReportedAtMs = nowMs;
  }

  /** The reported block was acknowledged. If that was too early, it had not been missing. */
  #checkReport(nowMs: number): void {
    const wasFalse = this.#roundTrip.isTooSoon(nowMs - this.#lossReportedAtMs);
    this.#reportedLoss = 0;
    this.#falseReports = wasFalse ? this.#falseReports + 1 : 0;
    if (this.#falseReports >= FALSE_REPORTS_FOR_EVERY_BLOCK) this.#everyBlock = true;
  }

  /** How long to wait for the ACK of a probe; the report that caused it took `reportMs`. */
  #probeTimeoutMs(reportMs: number): number {
    return Math.max(MIN_PROBE_TIMEOUT_MS, 1.5 * this.#roundTrip.typicalMs, 1.25 * reportMs);
  }

  #keepsBlocks(): void {
    this.probeTimeoutAtMs = Infinity;
    this.#silentProbes = 0;
    this.#habit = "keeps";
  }

  /** The block among these that was sent last, if it was a retransmission, else 0. */
  #newestRetransmitted(base: number, index: number): number {
    let newest = base;
    for (let i = base + 1; i <= index; i++) {
      if (this.#sent.order(i) > this.#sent.order(newest)) newest = i;
    }
    return this.#sent.times(newest) > 1 ? newest : 0;
  }
}
