/**
 * What a sender makes of an acknowledgement that leaves a part of its window open, and how much it
 * sends again. RFC 7440 §4 has a receiver throw away what comes after a gap, so that the sender
 * goes back to it; but a receiver may keep those blocks, and then only the missing ones need be
 * sent.
 *
 *     habit    learnt from                              a gap is mended by
 *     unknown  –                                        one block, then waiting for a verdict
 *     keeps    an ACK that soon follows that block      the missing blocks only
 *     drops    no ACK, twice; or a whole window that    the whole window from the gap
 *              had to be mended block by block
 *
 * Some receivers agree to windows and acknowledge every block all the same. They show by ACKs that
 * advance by single blocks, or by reports of blocks that arrived: then only repeated ACKs count.
 *
 * A wrong verdict costs time or blocks, never the file, and is corrected by what follows.
 */

import type { RoundTrip } from "./round_trip.ts";
import type { SentLog } from "./sent_log.ts";

type Habit = "unknown" | "keeps" | "drops";

/** Probes that must go unanswered before a receiver is taken for one that drops. */
const SILENT_PROBES_TO_CONDEMN = 2;

/** Advances by a single block in a row that show a receiver which ignores windows. */
const SINGLE_STEPS_TO_EXCUSE = 3;

/** Reports in a row of blocks that were not missing, which show the same. */
const FALSE_REPORTS_TO_EXCUSE = 4;

/** Round trips after which a receiver that acknowledges everything has answered a repeat. */
const ECHO = 1.5;

/** No answer to a repeat is longer under way than this; what comes later has another cause. */
const MAX_ECHO_MS = 2000;

/** The shortest wait before a block that was sent again is sent once more for a repeated ACK. */
const MIN_REPEAT_MS = 5;

/** The shortest wait for the verdict of a probe. */
const MIN_VERDICT_MS = 10;

export class Repair {
  /** When a probe counts as unanswered; Infinity without a probe. */
  verdictAtMs = Infinity;
  readonly #sent: SentLog;
  readonly #roundTrip: RoundTrip;
  readonly #windowsize: number;
  #habit: Habit = "unknown";
  /** Whether ACKs come for every block, so that one of a part of the window reports nothing. */
  #everyBlock = false;
  #silentProbes = 0;
  #singleSteps = 0;
  #falseReports = 0;
  /** Until when the same ACK again may answer one of our repeats. */
  #echoesUntilMs = -Infinity;
  /** Blocks in a row that had to be mended, one after the other. */
  #patched = 0;
  /** The block that an ACK has reported missing, and when that was believed. */
  #suspect = 0;
  #suspectAtMs = 0;
  /** Blocks to mend with next: doubles while whole runs of blocks turn out to be missing. */
  #blocks = 1;
  /** Whether the probe left because a deadline had passed. */
  #probedAtTimeout = false;
  /** The last block that was mended; in lockstep, until when a second ACK may answer the repeat. */
  #mendedTo = 0;
  #mendedAtMs = 0;
  #mendedUntilMs = -Infinity;
  /** Whether what is open after the latest advance can be missing rather than on its way. */
  #openIsMissing = false;

  constructor(sent: SentLog, roundTrip: RoundTrip, windowsize: number) {
    this.#sent = sent;
    this.#roundTrip = roundTrip;
    this.#windowsize = windowsize;
  }

  /** Whether nothing else may leave until the receiver has answered a probe. */
  get probing(): boolean {
    return this.verdictAtMs !== Infinity;
  }

  /** An ACK advanced from `base` to `index`; says whether a whole window got through unmended. */
  advanced(base: number, index: number, { next, nowMs }: { next: number; nowMs: number }): boolean {
    const mended = this.#newestMended(base, index);
    if (this.#everyBlock && mended !== 0) {
      this.#echoesUntilMs = nowMs + ECHO * this.#roundTrip.usualMs;
    }
    if (this.#suspect !== 0 && index >= this.#suspect) this.#judgeReport(nowMs);
    if (this.#windowsize === 1 && mended !== 0) {
      this.#mendedTo = mended;
      this.#mendedAtMs = this.#sent.atMs(mended);
      // No round trip is longer than the first answer took.
      const echoMs = Math.min(ECHO * (nowMs - this.#sent.firstAtMs(mended)), MAX_ECHO_MS);
      this.#mendedUntilMs = this.#mendedAtMs + echoMs;
    }
    const single = index === base && index < next - 1;
    this.#singleSteps = single ? this.#singleSteps + 1 : 0;
    if (this.#singleSteps >= SINGLE_STEPS_TO_EXCUSE && this.#windowsize > 1) {
      this.#everyBlock = true;
    }
    // What left before the mended block, and not again, is acknowledged: so it was kept.
    const kept = mended !== 0 && this.#sent.order(index) < this.#sent.order(mended);
    // The receiver had what follows, so only the repeat can have let it go on: no doubt for Karn.
    if (kept && this.#sent.times(mended) === 2) {
      this.#roundTrip.sample(nowMs - this.#sent.atMs(mended));
    }
    if (kept || (this.probing && index < next - 1 && !this.#everyBlock)) this.#acquit();
    else if (this.probing) this.verdictAtMs = Infinity;
    if (index === next - 1) {
      this.#blocks = 1;
      return mended === 0;
    }
    // An ACK that a mended block called forth knows only what had left before that block.
    const open = index + 1;
    this.#openIsMissing = mended === 0 ||
      this.#sent.order(open) < this.#sent.order(mended);
    this.#blocks = mended !== 0 && index === this.#mendedTo ? this.#blocks * 2 : 1;
    this.#patched = mended !== 0 && index <= this.#mendedTo ? this.#patched + index + 1 - base : 0;
    if (this.#patched >= this.#windowsize && this.#windowsize > 1) this.#habit = "drops";
    return false;
  }

  /** Whether block `base`, which an ACK has left open, is missing at the receiver. */
  missing(base: number, nowMs: number): boolean {
    if (!this.#openIsMissing || this.#everyBlock) return false;
    this.#openIsMissing = false;
    if (this.#roundTrip.isTooSoon(nowMs - this.#sent.atMs(base))) return false;
    this.#suspects(base, nowMs);
    return true;
  }

  /** Whether the same ACK again reports block `base` missing: once per round trip of that block. */
  believes(base: number, nowMs: number): boolean {
    if (this.probing || nowMs < this.#echoesUntilMs) return false;
    // Too soon costs a whole window where the receiver drops, and a block elsewhere.
    const usualMs = this.#habit === "drops" ? this.#roundTrip.usualMs : this.#roundTrip.promptMs;
    const repeats = this.#sent.times(base) - 1;
    // A queue on the way can make any round trip look too short: a repeat gets longer.
    const waitMs = repeats === 0 ? usualMs : Math.max(usualMs, MIN_REPEAT_MS) * 2 ** (repeats - 1);
    if (nowMs - this.#sent.atMs(base) < waitMs) return false;
    this.#suspects(base, nowMs);
    return true;
  }

  /** How many blocks from `base` to send again; Infinity for all of them. */
  plan(base: number, nowMs: number): number {
    switch (this.#habit) {
      case "drops":
        return Infinity;
      case "unknown":
        this.verdictAtMs = nowMs + this.#verdictMs(nowMs - this.#sent.atMs(base));
        this.#probedAtTimeout = false;
        this.#blocks = 1;
        break;
    }
    this.#mendedTo = base + this.#blocks - 1;
    return this.#blocks;
  }

  /** The deadline passed with `base` open: how many blocks to send again. */
  timedOut(base: number, nowMs: number): number {
    // A verdict may lie behind every deadline: where the wait was agreed, or is as long as it gets.
    const unanswered = this.probing && this.#probedAtTimeout;
    this.verdictAtMs = Infinity;
    this.#blocks = 1;
    // Perhaps a report that was not believed was true.
    this.#everyBlock = false;
    this.#singleSteps = 0;
    this.#falseReports = 0;
    // In lockstep there is but one; a larger window may be there whole, and only its ACK lost.
    if (this.#windowsize === 1) return 1;
    if (unanswered && this.condemn()) return Infinity;
    const blocks = this.plan(base, nowMs);
    this.#probedAtTimeout = true;
    return blocks;
  }

  /** A probe stayed unanswered: whether all that follows the gap must be sent again. */
  condemn(): boolean {
    this.verdictAtMs = Infinity;
    if (++this.#silentProbes >= SILENT_PROBES_TO_CONDEMN) this.#habit = "drops";
    return true;
  }

  /**
   * In lockstep, the block before was acknowledged a second time. When it had been sent twice, that
   * answers the repeat: the repeat was needless, and the time since then is the round trip.
   */
  acknowledgedTwice(index: number, nowMs: number): void {
    if (index !== this.#mendedTo || nowMs > this.#mendedUntilMs) return;
    this.#roundTrip.sample(nowMs - this.#mendedAtMs);
    this.#roundTrip.spurious();
    this.#mendedUntilMs = -Infinity;
  }

  #suspects(base: number, nowMs: number): void {
    this.#suspect = base;
    this.#suspectAtMs = nowMs;
  }

  /** The reported block is acknowledged: before the repeat can have been, it was not missing. */
  #judgeReport(nowMs: number): void {
    const wasFalse = this.#roundTrip.isTooSoon(nowMs - this.#suspectAtMs);
    this.#suspect = 0;
    this.#falseReports = wasFalse ? this.#falseReports + 1 : 0;
    if (this.#falseReports >= FALSE_REPORTS_TO_EXCUSE) this.#everyBlock = true;
  }

  /** How long a probe may stay unanswered; the report that led to it took `reportMs`. */
  #verdictMs(reportMs: number): number {
    return Math.max(MIN_VERDICT_MS, 1.5 * this.#roundTrip.usualMs, 1.25 * reportMs);
  }

  #acquit(): void {
    this.verdictAtMs = Infinity;
    this.#silentProbes = 0;
    this.#habit = "keeps";
  }

  /** The block among these that left last, if it had left before; 0 if it had not. */
  #newestMended(base: number, index: number): number {
    let newest = base;
    for (let i = base + 1; i <= index; i++) {
      if (this.#sent.order(i) > this.#sent.order(newest)) newest = i;
    }
    return this.#sent.times(newest) > 1 ? newest : 0;
  }
}
