/** The events of a server, as an async iterable. */

import type { LogRecord } from "../server/log_record.ts";

/** Records that wait for their reader; further ones are dropped and counted. */
export const MAX_WAITING_EVENTS = 1000;

/**
 * The records of a server from now on, in order. It ends when the server does, or when its loop is
 * left. A slow reader loses records: at most 1000 wait.
 *
 * ```ts
 * import { get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => null });
 * const events = server.events();
 * await get("missing", { host: "10.0.0.1", network: lan.machine("10.0.0.2") }).catch(() => {});
 * for await (const record of events) {
 *   if (record.kind !== "refused" || record.code !== 1) throw new Error(record.kind);
 *   break;
 * }
 * ```
 */
export class EventStream implements AsyncIterableIterator<LogRecord> {
  readonly #records: LogRecord[] = [];
  readonly #left: (events: EventStream) => void;
  #waiting: ((result: IteratorResult<LogRecord>) => void)[] = [];
  #dropped = 0;
  #isOver = false;

  /** `left` is called when nobody reads it any more. */
  constructor(left: (events: EventStream) => void) {
    this.#left = left;
  }

  /** Number of records that were lost because too many were waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a record. */
  add(record: LogRecord): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ done: false, value: record });
    else if (this.#records.length < MAX_WAITING_EVENTS) this.#records.push(record);
    else this.#dropped++;
  }

  /** There will be no more records; those that wait can still be read. */
  end(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  /** The next record, once there is one. */
  next(): Promise<IteratorResult<LogRecord>> {
    const record = this.#records.shift();
    if (record) return Promise.resolve({ done: false, value: record });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops reading. */
  return(): Promise<IteratorResult<LogRecord>> {
    this.#records.length = 0;
    this.end();
    this.#left(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The records. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
