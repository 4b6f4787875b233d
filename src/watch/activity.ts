/**
 * A model of what a server does, made from its log records and samples of its threads, and read for
 * figures, rows and documents. Its size is bounded: 200 running transfers, the last hundred that
 * ended, fifteen minutes in steps, and 200 clients. Pure.
 */

import type { LogRecord } from "../server/log_record.ts";
import { fieldsOf } from "../server/log_fields.ts";
import { MAX_SHOWN, type Moved, type ThreadSample } from "../server/sampler.ts";
import { ClientTable } from "./client_table.ts";
import { Counters } from "./counters.ts";
import { History, STEP_MS } from "./history.ts";
import type {
  About,
  EndedTransfer,
  HistoryDocument,
  NowFigures,
  RunningRow,
  StatusDocument,
  Totals,
} from "./status.ts";

/** Ended transfers that are kept. */
export const MAX_ENDED = 100;

/** The most characters kept of a client's text. */
const MAX_TEXT = 500;

/** The weight of the last half second in a rate. */
const NEW_SHARE = 0.4;

/** The last sample of a thread. */
interface Thread {
  readonly sample: ThreadSample;
  readonly rows: readonly RunningRow[];
  readonly bytesPerSecond: number;
}

export class Activity {
  about: About;
  readonly counters = new Counters();
  readonly history = new History();
  /** Whether the server accepts no more requests. */
  ending = false;
  /** How many have ended, including those no longer kept. */
  endedCount = 0;
  readonly #startedMs: number;
  readonly #clients = new ClientTable();
  readonly #threads = new Map<number, Thread>();
  /** Transfers that ended after the last sample of their thread. */
  readonly #over = new Set<number>();
  #ended: EndedTransfer[] = [];

  /** Times here are in milliseconds since 1970. */
  constructor(about: About, nowMs: number) {
    this.about = about;
    this.#startedMs = nowMs;
    this.history.pass(nowMs);
  }

  /** When the server started. */
  get startedMs(): number {
    return this.#startedMs;
  }

  /** A log record of the server. */
  record(record: LogRecord, nowMs: number): void {
    this.counters.add(record);
    if (record.kind === "transfer") {
      if (record.id !== undefined) this.#over.add(record.id);
      this.#clients.transferred(record, nowMs);
      if (record.result === "done") this.history.add({ done: 1 }, nowMs);
      if (record.result === "failed") this.history.add({ failed: 1 }, nowMs);
      this.#end(record, nowMs);
    } else if (record.kind === "refused") {
      this.#clients.refused(record, nowMs);
      this.history.add({ failed: 1 }, nowMs);
      this.#end(record, nowMs);
    }
  }

  /** A sample of one thread. */
  sample(sample: ThreadSample, thread: number, nowMs: number): void {
    const before = this.#threads.get(thread);
    const sinceMs = sample.atMs - (before?.sample.atMs ?? sample.atMs);
    const moved = differenceOf(sample, before?.sample);
    this.history.add(moved, nowMs);
    for (const id of this.#over) {
      if (id % this.about.workers === thread) this.#over.delete(id);
    }
    this.#threads.set(thread, {
      sample,
      rows: rowsOf(sample, before),
      bytesPerSecond: rateOf(moved.bytes, sinceMs, before?.bytesPerSecond),
    });
  }

  /** Running transfers, the oldest first, up to a limit. */
  get running(): readonly RunningRow[] {
    const rows = [...this.#threads.values()].flatMap((thread) => thread.rows)
      .filter(({ id }) => !this.#over.has(id));
    if (this.#threads.size > 1) rows.sort((one, other) => other.durationMs - one.durationMs);
    return rows.slice(0, MAX_SHOWN);
  }

  /** The last that have ended, the newest first, at most `most`. */
  ended(most: number = MAX_ENDED): readonly EndedTransfer[] {
    return most === 0 ? [] : this.#ended.slice(-most).reverse();
  }

  get now(): NowFigures {
    const samples = this.#samples;
    const sum = (of: (sample: ThreadSample) => number) =>
      samples.reduce((sum, sample) => sum + of(sample), 0);
    // Every thread gives the total of all uploads.
    const used = samples.map(({ quotaUsed }) => quotaUsed).filter((used) => used !== undefined);
    return {
      transfers: sum(({ transfers }) => transfers),
      clients: sum(({ clients }) => clients),
      waiting: sum(({ waiting }) => waiting),
      bytesPerSecond: Math.round(
        [...this.#threads.values()].reduce((sum, thread) => sum + thread.bytesPerSecond, 0),
      ),
      ...(used.length === 0 ? {} : { quotaUsed: Math.max(...used) }),
    };
  }

  get totals(): Totals {
    const { results, refusals, dropped, malformed, errors } = this.counters;
    const { get, put, cacheHits, cacheMisses } = this.#sums;
    const codes = refusals.map((count, code) =>
      [code === refusals.length - 1 ? "other" : `${code}`, count] as const
    );
    return {
      get: { ...get, ...results.get },
      put: { ...put, ...results.put },
      refusals: Object.fromEntries(codes),
      ...{ dropped, malformed, errors, cacheHits, cacheMisses },
    };
  }

  /** The whole document. */
  status(nowMs: number): StatusDocument {
    return {
      ...this.about,
      time: isoTime(nowMs),
      startedAt: isoTime(this.#startedMs),
      state: this.ending ? "ending" : "serving",
      now: this.now,
      totals: this.totals,
      running: this.running,
      ended: this.ended(),
      clients: this.#clients.rows,
      history: this.lastSteps(nowMs),
    };
  }

  /** The recent past, in all steps, or in the last few. */
  lastSteps(nowMs: number, steps?: number): HistoryDocument {
    this.history.pass(nowMs);
    const lists = Object.entries(this.history.lists).map(([key, list]) =>
      [key, steps === undefined ? list : list.slice(-steps)] as const
    );
    return {
      stepMs: STEP_MS,
      until: isoTime(this.history.untilMs),
      ...Object.fromEntries(lists) as unknown as Record<keyof History["lists"], number[]>,
    };
  }

  get #samples(): ThreadSample[] {
    return [...this.#threads.values()].map(({ sample }) => sample);
  }

  get #sums() {
    const sums = { get: noneMoved(), put: noneMoved(), cacheHits: 0, cacheMisses: 0 };
    for (const { get, put, cacheHits, cacheMisses } of this.#samples) {
      sums.get = sumOf(sums.get, get);
      sums.put = sumOf(sums.put, put);
      sums.cacheHits += cacheHits;
      sums.cacheMisses += cacheMisses;
    }
    return sums;
  }

  #end(record: Extract<LogRecord, { kind: "transfer" | "refused" }>, nowMs: number): void {
    const { file = "", note, hint, ...rest } = fieldsOf(record, "public");
    this.#ended.push({
      seq: ++this.endedCount,
      time: isoTime(nowMs),
      ...(record.kind === "transfer" && record.id !== undefined ? { id: record.id } : {}),
      ...rest,
      file: cut(file),
      ...(note === undefined ? {} : { note: cut(note) }),
      ...(hint === undefined ? {} : { hint: cut(hint) }),
    });
    if (this.#ended.length > MAX_ENDED) this.#ended.shift();
  }
}

function rowsOf({ running, atMs }: ThreadSample, before: Thread | undefined): RunningRow[] {
  const known = new Map(before?.rows.map((row) => [row.id, row]));
  const sinceMs = before ? atMs - before.sample.atMs : 0;
  return running.map((transfer) => {
    const old = known.get(transfer.id);
    const bytesPerSecond = old
      ? rateOf(transfer.bytes - old.bytes, sinceMs, old.bytesPerSecond)
      : rateOf(transfer.bytes, transfer.durationMs, undefined);
    return { ...transfer, file: cut(transfer.file), bytesPerSecond: Math.round(bytesPerSecond) };
  });
}

/** Bytes per second, smoothed with the value before, so that it can be read. */
function rateOf(bytes: number, ms: number, before: number | undefined): number {
  if (ms <= 0) return before ?? 0;
  const rate = Math.max(0, bytes) * 1000 / ms;
  return before === undefined ? rate : NEW_SHARE * rate + (1 - NEW_SHARE) * before;
}

function differenceOf(now: ThreadSample, before: ThreadSample | undefined): Moved {
  const difference = (key: keyof Moved) =>
    now.get[key] + now.put[key] - (before ? before.get[key] + before.put[key] : 0);
  return {
    bytes: difference("bytes"),
    blocks: difference("blocks"),
    retransmits: difference("retransmits"),
  };
}

function noneMoved(): Moved {
  return { bytes: 0, blocks: 0, retransmits: 0 };
}

function sumOf(one: Moved, other: Moved): Moved {
  return {
    bytes: one.bytes + other.bytes,
    blocks: one.blocks + other.blocks,
    retransmits: one.retransmits + other.retransmits,
  };
}

/** A client's text, cut to the width of a row. */
function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
