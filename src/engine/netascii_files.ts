/** Sources and sinks that translate between local line ends and those of netascii. Pure. */

import { NetasciiDecoder, NetasciiEncoder } from "../protocol/mod.ts";
import type { Sink, Source } from "./source_sink.ts";

/** Bytes of local text translated at a time. */
const PIECE_BYTES = 16 * 1024;

/** A source in netascii: its size on the wire is unknown until all of it was sent. */
export class NetasciiSource implements Source {
  readonly size = undefined;
  readonly #source: Source;
  readonly #encoder = new NetasciiEncoder();
  readonly #buffer = new Uint8Array(PIECE_BYTES);
  #piece = this.#buffer.subarray(0, 0);
  #ended = false;

  constructor(source: Source) {
    this.#source = source;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    return this.#fill(into, 0);
  }

  close(): void {
    this.#source.close();
  }

  #fill(into: Uint8Array, from: number): number | PromiseLike<number> {
    let filled = from;
    while (filled < into.length) {
      const { taken, made } = this.#encoder.encode(this.#piece, into.subarray(filled));
      this.#piece = this.#piece.subarray(taken);
      filled += made;
      if (this.#piece.length > 0 || this.#encoder.owes) continue;
      if (this.#ended) break;
      const read = this.#source.read(this.#buffer);
      if (typeof read !== "number") {
        const sofar = filled;
        return read.then((length) => {
          this.#took(length);
          return this.#fill(into, sofar);
        });
      }
      this.#took(read);
    }
    return filled;
  }

  #took(length: number): void {
    this.#ended = length < this.#buffer.length;
    this.#piece = this.#buffer.subarray(0, length);
  }
}

/** A sink for netascii: what arrives is translated to local text. */
export class NetasciiSink implements Sink {
  readonly #sink: Sink;
  readonly #decoder = new NetasciiDecoder();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    return this.#sink.write(this.#decoder.decode(bytes));
  }

  commit(): void | PromiseLike<void> {
    const written = this.#sink.write(this.#decoder.end());
    return written ? written.then(() => this.#sink.commit()) : this.#sink.commit();
  }

  abandon(): void {
    this.#sink.abandon();
  }
}
