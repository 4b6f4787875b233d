/**
 * The messages of `/api/events`: what has changed since the last message. All readers get the same
 * bytes, made once. Pure.
 */

import { visibleJson } from "../server/log_fields.ts";
import { type Activity, MAX_ENDED } from "./activity.ts";
import type {
  BegunMessage,
  EndedMessage,
  Progress,
  ProgressMessage,
  RunningRow,
  StatusDocument,
} from "./status.ts";

export class Feed {
  readonly #activity: Activity;
  /** Transfers that were announced. */
  #known = new Set<number>();
  #endedCount: number;

  constructor(activity: Activity) {
    this.#activity = activity;
    this.#endedCount = activity.endedCount;
  }

  /** The first message for a new reader, or one that has missed something. */
  first(status: StatusDocument): string {
    return message("status", status);
  }

  /**
   * The message for all others, as server-sent events. A transfer that began and ended since the
   * last message appears in `ended` only.
   */
  next(nowMs: number): string {
    const { running } = this.#activity;
    return [...this.#begun(running), ...this.#ended(), this.#progress(running, nowMs)].join("");
  }

  #begun(running: readonly RunningRow[]): string[] {
    const transfers = running.filter(({ id }) => !this.#known.has(id));
    this.#known = new Set(running.map(({ id }) => id));
    return transfers.length === 0 ? [] : [message("begun", { transfers } satisfies BegunMessage)];
  }

  #ended(): string[] {
    const count = this.#activity.endedCount - this.#endedCount;
    if (count === 0) return [];
    this.#endedCount = this.#activity.endedCount;
    const transfers = this.#activity.ended(Math.min(count, MAX_ENDED));
    const leftOut = count - transfers.length;
    return [message("ended", { transfers, leftOut } satisfies EndedMessage)];
  }

  #progress(running: readonly RunningRow[], nowMs: number): string {
    const { now, totals, ending } = this.#activity;
    return message(
      "progress",
      {
        time: new Date(nowMs).toISOString(),
        state: ending ? "ending" : "serving",
        ...{ now, totals, transfers: running.map(progressOf) },
        history: this.#activity.lastSteps(nowMs, 2),
      } satisfies ProgressMessage,
    );
  }
}

function progressOf({ id, bytes, durationMs, retransmits, rttMs, bytesPerSecond }: RunningRow) {
  const rest = rttMs === undefined ? {} : { rttMs };
  return { id, bytes, durationMs, retransmits, bytesPerSecond, ...rest } satisfies Progress;
}

/** One server-sent event. The JSON has no line breaks, so it is one line of data. */
function message(name: string, content: unknown): string {
  return `event: ${name}\ndata: ${visibleJson(content)}\n\n`;
}
