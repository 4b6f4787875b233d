/**
 * Sources and sinks that delay. A source that waits has nothing unacknowledged, and a sink that
 * waits owes an ACK. Either way the client sees a slow server, and nothing is retransmitted. Pure.
 */

import type { Clock } from "../engine/clock.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import { Later } from "../engine/later.ts";
import type { RateLimits } from "./rate_limit.ts";

/** The waits of one transfer. */
export class Throttle {
  readonly #limits: RateLimits;
  readonly #hostname: string;
  readonly #clock: Clock;
  #wait: { readonly later: Later; readonly stop: () => void } | undefined;
  #released = false;

  constructor(limits: RateLimits, hostname: string, clock: Clock) {
    this.#limits = limits;
    this.#hostname = hostname;
    this.#clock = clock;
  }

  /** Counts bytes; returns a wait when they came too early. */
  pass(bytes: number): PromiseLike<void> | undefined {
    if (this.#released) return undefined;
    const waitMs = this.#limits.spend(this.#hostname, bytes, this.#clock.nowMs());
    if (waitMs < 1) return undefined;
    const later = new Later();
    this.#wait = { later, stop: this.#clock.after(waitMs, () => later.resolve()) };
    return later;
  }

  /** Ends the current wait and delays nothing more: the transfer is over. */
  release(): void {
    this.#released = true;
    this.#wait?.stop();
    this.#wait?.later.resolve();
  }
}

export class ThrottledSource implements Source {
  readonly size: number | undefined;
  readonly #source: Source;
  readonly #throttle: Throttle;

  constructor(source: Source, throttle: Throttle) {
    this.size = source.size;
    this.#source = source;
    this.#throttle = throttle;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    const read = this.#source.read(into);
    if (typeof read !== "number") return read.then((length) => this.#pass(length));
    return this.#pass(read);
  }

  close(): void {
    this.#throttle.release();
    this.#source.close();
  }

  #pass(length: number): number | PromiseLike<number> {
    const wait = this.#throttle.pass(length);
    return wait ? wait.then(() => length) : length;
  }
}

export class ThrottledSink implements Sink {
  readonly #sink: Sink;
  readonly #throttle: Throttle;

  constructor(sink: Sink, throttle: Throttle) {
    this.#sink = sink;
    this.#throttle = throttle;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    const wait = this.#throttle.pass(bytes.length);
    const written = this.#sink.write(bytes);
    if (!wait) return written;
    return written ? written.then(() => wait) : wait;
  }

  commit(): void | PromiseLike<void> {
    return this.#sink.commit();
  }

  abandon(): void {
    this.#throttle.release();
    this.#sink.abandon();
  }
}
