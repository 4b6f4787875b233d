/**
 * Sources and sinks with a time limit. While a read or write is pending, the client's packets are
 * not handled, so one that never ends would hold its transfer for ever. Pure.
 */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Clock } from "../engine/clock.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import { Later } from "../engine/later.ts";
import type { FileSink, LastStep } from "../files/file_sink.ts";

export interface WaitLimit {
  readonly clock: Clock;
  /** How long one read, write or commit may take, in milliseconds. */
  readonly limitMs: number;
}

interface Waited {
  readonly sinceMs: number;
  readonly done: string;
  fail(error: Error): void;
}

/** The waits of one transfer, one at a time; they share a timer. */
class TimedWait {
  readonly #limit: WaitLimit;
  #waited: Waited | undefined;
  #stop: (() => void) | undefined;

  constructor(limit: WaitLimit) {
    this.#limit = limit;
  }

  /** The result of a wait, unless it takes too long. */
  bound<T>(wait: PromiseLike<T>, done: string): PromiseLike<T> {
    const { clock, limitMs } = this.#limit;
    const later = new Later<T>();
    const sinceMs = clock.nowMs();
    const waited = { sinceMs, done, fail: (error: Error) => later.reject(error) };
    this.#waited = waited;
    this.#stop ??= clock.after(limitMs, () => this.#look());
    const over = () => {
      if (this.#waited === waited) this.#waited = undefined;
    };
    wait.then((value) => {
      over();
      later.resolve(value);
    }, (error) => {
      over();
      later.reject(error);
    });
    return later;
  }

  /** There will be no more waits. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#waited = undefined;
  }

  #look(): void {
    const { clock, limitMs } = this.#limit;
    this.#stop = undefined;
    const waited = this.#waited;
    if (!waited) return;
    const leftMs = waited.sinceMs + limitMs - clock.nowMs();
    if (leftMs > 0) this.#stop = clock.after(leftMs, () => this.#look());
    else waited.fail(tooLong(limitMs, waited.done));
  }
}

export class TimedSource implements Source {
  readonly size: number | undefined;
  readonly #source: Source;
  readonly #limit: WaitLimit;
  /** Made at the first wait: most files are read at once. */
  #wait: TimedWait | undefined;

  constructor(source: Source, limit: WaitLimit) {
    this.size = source.size;
    this.#source = source;
    this.#limit = limit;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    const read = this.#source.read(into);
    if (typeof read === "number") return read;
    return (this.#wait ??= new TimedWait(this.#limit)).bound(read, "read");
  }

  close(): void {
    this.#wait?.end();
    this.#source.close();
  }
}

export class TimedSink implements FileSink {
  readonly #sink: FileSink;
  readonly #wait: TimedWait;

  constructor(sink: Sink, limit: WaitLimit) {
    this.#sink = sink;
    this.#wait = new TimedWait(limit);
  }

  get spoilt(): FileSink["spoilt"] {
    return this.#sink.spoilt;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    const written = this.#sink.write(bytes);
    return written && this.#wait.bound(written, "written");
  }

  commit(last?: LastStep): void | PromiseLike<void> {
    const committed = this.#sink.commit(last);
    if (!committed) return this.#wait.end();
    return this.#wait.bound(committed, "saved").then(() => this.#wait.end());
  }

  abandon(): void {
    this.#wait.end();
    this.#sink.abandon();
  }
}

function tooLong(limitMs: number, done: string): TftpError {
  const seconds = Math.round(limitMs / 1000);
  const reason = `The file could not be ${done} within ${seconds} seconds`;
  return new TftpError("local", ErrorCode.NotDefined, reason);
}
