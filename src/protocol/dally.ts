/**
 * How long a receiver that has the complete file stays to repeat its last ACK (RFC 1350 §6). If
 * that ACK was lost, the sender would report a failure for a complete file.
 *
 * As with TIME-WAIT in TCP (RFC 9293 §3.10.7.4), the time starts again with each repeated ACK,
 * since that one may be lost too. There is a limit for senders that never stop.
 */

import type { RoundTrip } from "./round_trip.ts";

/** A short stay covers this many timeouts of the peer: it may repeat its last block twice. */
const DALLY_WAITS = 4;

/** A stay is no longer than this many times its usual length, however often the peer repeats. */
const MAX_STAYS = 3;

/**
 * The shortest pause between two of the last ACKs. It need not follow the round trip, as it does
 * while blocks are expected: the last ACK causes no DATA, so nothing builds up. But a sender may
 * have fixed waits that are shorter than a round trip seems, when it was slow to answer before.
 */
const MAX_PAUSE_MS = 50;
const MIN_PAUSE_MS = 3;

/**
 * How long a receiver stays after the end.
 *
 * ```ts
 * import { DEFAULT_TIMING, PLAIN_AGREEMENT, Receiver } from "@tftp/tftp/protocol";
 * import type { DallySettings } from "@tftp/tftp/protocol";
 *
 * // A client that is waited for: a tenth of a second where nothing was lost.
 * const settings: DallySettings = { dallyMs: 10_000, cleanDallyMs: 100 };
 * const receiver = new Receiver(PLAIN_AGREEMENT, { ...settings, timing: DEFAULT_TIMING });
 * if (receiver.done) throw new Error("it waits for DATA 1");
 * ```
 */
export interface DallySettings {
  /** How long to stay after the last ACK has left, in milliseconds. */
  readonly dallyMs: number;
  /**
   * For a receiver that a user waits for: stay this long after a transfer without losses, and
   * otherwise for a few timeouts of a peer that knows the path as well, `dallyMs` at most.
   */
  readonly cleanDallyMs?: number;
}

export class Dally {
  /** When the stay ends; Infinity before it starts. */
  untilMs = Infinity;
  readonly #settings: DallySettings;
  readonly #roundTrip: RoundTrip;
  #latestMs = Infinity;

  constructor(settings: DallySettings, roundTrip: RoundTrip) {
    this.#settings = settings;
    this.#roundTrip = roundTrip;
  }

  /** The last ACK leaves for the first time; `clean` says whether nothing was lost until then. */
  begin(nowMs: number, clean: boolean): void {
    this.#latestMs = nowMs + MAX_STAYS * this.#settings.dallyMs;
    this.untilMs = nowMs + this.#stayMs(clean);
  }

  /** The last ACK leaves again. */
  again(nowMs: number): void {
    this.untilMs = Math.min(this.#latestMs, Math.max(this.untilMs, nowMs + this.#stayMs(false)));
  }

  /** How long after one of the last ACKs the last block is acknowledged again. */
  get pauseMs(): number {
    return Math.min(Math.max(this.#roundTrip.minimumMs, MIN_PAUSE_MS), MAX_PAUSE_MS);
  }

  #stayMs(clean: boolean): number {
    const { dallyMs, cleanDallyMs } = this.#settings;
    if (cleanDallyMs === undefined) return dallyMs;
    return clean ? cleanDallyMs : Math.min(dallyMs, DALLY_WAITS * this.#roundTrip.timeoutMs);
  }
}
