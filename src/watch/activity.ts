/**
 * What a server does, as one model: fed with its log records and with samples of its threads, and
 * asked for figures, rows and documents. However much happens, it keeps the transfers that run (200
 * of them), the last hundred that ended, fifteen minutes in steps, and 200 clients. Pure.
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

/** Transfers that have ended and are still told of. */
export const MAX_ENDED = 100;

/** Of a client's text, so many characters are kept. */
const MAX_TEXT = 500;

/** How much of a rate comes from the last half second. */
const NEW_SHARE = 0.4;

/** A thread, as it was last. */
interface Thread {
  readonly sample: ThreadSample;
  readonly rows: readonly RunningRow[];
  readonly bytesPerSecond: number;
}

export class Activity {
  about: About;
  readonly counters = new Counters();
  readonly history = new History();
  /** Whether no more requests are taken. */
  ending = false;
  /** How many have ended, those included that are not told of any more. */
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

  /** When the server began. */
  get startedMs(): number {
    return this.#startedMs;
  }

  /** The server tells of something. */
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

  /** A thread of the server tells how it is. */
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

  /** Transfers under way, the oldest first, a bounded number. */
  get running(): readonly RunningRow[] {
    const rows = [...this.#threads.values()].flatMap((thread) => thread.rows)
      .filter(({ id }) => !this.#over.has(id));
    if (this.#threads.size > 1) rows.sort((one, other) => other.durationMs - one.durationMs);
    return rows.slice(0, MAX_SHOWN);
  }

  /** The last that have ended, the newest first; not more than asked for. */
  ended(most: number = MAX_ENDED): readonly EndedTransfer[] {
    return most === 0 ? [] : this.#ended.slice(-most).reverse();
  }

  get now(): NowFigures {
    const samples = this.#samples;
    const sum = (of: (sample: ThreadSample) => number) =>
      samples.reduce((sum, sample) => sum + of(sample), 0);
    // All threads count uploads together.
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
    const { results, refusals, dropped, malformed, troubles } = this.counters;
    const { get, put, cacheHits, cacheMisses } = this.#sums;
    const codes = refusals.map((count, code) =>
      [code === refusals.length - 1 ? "other" : `${code}`, count] as const
    );
    return {
      get: { ...get, ...results.get },
      put: { ...put, ...results.put },
      refusals: Object.fromEntries(codes),
      ...{ dropped, malformed, troubles, cacheHits, cacheMisses },
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

  /** What happened lately, in all steps, or in so many of the last. */
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

/** Bytes in a second; what it was before counts too, so that it can be read. */
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

/** A client's text, as much of it as a row has room for. */
function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
