/** What a server has done since its start, counted from its log records. Pure. */

import type { LogRecord, TransferResult } from "../server/log_record.ts";
import { Histogram } from "./histogram.ts";

/**
 * How a request ended.
 *
 * ```ts
 * import type { Result } from "@tftp/tftp";
 *
 * type Counts = Pick<Record<Result, number>, "done" | "failed" | "refused">;
 * // Those that got no file, of all that would have had one.
 * const failedShare = ({ done, failed, refused }: Counts) =>
 *   (failed + refused) / Math.max(1, done + failed + refused);
 * const share = failedShare({ done: 98, failed: 1, refused: 1 });
 * if (share !== 0.02) throw new Error(`${share}`);
 * ```
 */
export type Result = TransferResult | "refused";

/** All results, in the order in which they are shown. */
export const RESULTS: readonly Result[] = ["done", "failed", "refused", "probe", "replaced"];

/** Codes of ERROR packets with a meaning (RFC 1350, RFC 2347); others are counted together. */
const CODES = 9;

/** Seconds: from a small file on a fast network to an image on a slow one. */
const DURATIONS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900];
/** Seconds: from the same room to a satellite, or a boot loader that writes to flash. */
const ROUND_TRIPS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

export class Counters {
  /** Requests by their result. */
  readonly results = { get: noResults(), put: noResults() };
  /** Refusals by their code; the last figure is for all other codes. */
  readonly refusals: number[] = Array.from({ length: CODES + 1 }, () => 0);
  /** Duration of completed transfers, in seconds. */
  readonly durations = { get: new Histogram(DURATIONS), put: new Histogram(DURATIONS) };
  /** Round trip of the first answer, in seconds. */
  readonly roundTrips: Histogram = new Histogram(ROUND_TRIPS);
  /** Datagrams that belong to no transfer. */
  dropped = 0;
  /** Those of them that are no TFTP packets. */
  malformed = 0;
  /** Errors on this side. */
  errors = 0;

  /** Counts a log record, if it is one that counts. */
  add(record: LogRecord): void {
    switch (record.kind) {
      case "transfer":
        this.results[record.direction][record.result]++;
        if (record.result === "done") {
          this.durations[record.direction].add(record.elapsedMs / 1000);
        }
        if (record.rttMs !== undefined) this.roundTrips.add(record.rttMs / 1000);
        return;
      case "refused":
        this.results[record.direction].refused++;
        this.refusals[record.code >= 0 && record.code < CODES ? record.code : CODES]!++;
        return;
      case "dropped":
        this.dropped++;
        if (record.malformed) this.malformed++;
        return;
      case "error":
        this.errors++;
    }
  }
}

function noResults(): Record<Result, number> {
  return { done: 0, failed: 0, refused: 0, probe: 0, replaced: 0 };
}
