/**
 * The body of an answer, piece by piece. Each piece has a time limit, and the end counts as the end
 * of the file only when as many bytes have come as the answer announced.
 */

import { errorOfFailure, OriginError, silence } from "./origin_error.ts";

/** The most bytes read at once. */
const PIECE_BYTES = 64 * 1024;

/** Buffers kept for the next pieces: as many as are read ahead. */
const MAX_SPARE = 4;

/** The part of both kinds of readers that is used here. */
interface Reader {
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(): Promise<void>;
}

export interface BodySettings {
  /** How long a piece is waited for, in milliseconds. */
  readonly limitMs: number;
  /** The announced number of bytes, where the answer has one. */
  readonly size: number | undefined;
  /** What the body is of, for the log. */
  readonly requestLine: string;
  /** Cancels the request. */
  abort(): void;
}

export class AnswerBody {
  readonly size: number | undefined;
  readonly #reader: Reader | undefined;
  readonly #spare: ArrayBuffer[] = [];
  readonly #settings: BodySettings;
  #came = 0;
  #closed = false;

  constructor(stream: ReadableStream<Uint8Array> | null, settings: BodySettings) {
    this.#reader = stream ? readerOf(stream, this.#spare) : undefined;
    this.#settings = settings;
    this.size = settings.size;
  }

  /** The next piece, or undefined at the end. Rejects with an {@linkcode OriginError}. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const piece = await this.#read();
      const { size } = this;
      this.#came += piece?.length ?? 0;
      if (size !== undefined && (piece ? this.#came > size : this.#came < size)) {
        throw this.#wrongSize(piece ? "more" : "less");
      }
      return piece;
    } catch (error) {
      const fault = this.#closed ? error : this.#explained(error);
      this.close();
      throw fault;
    }
  }

  /** A piece is no longer needed: its memory takes another one. */
  recycle({ buffer }: Uint8Array): void {
    const isOurs = buffer instanceof ArrayBuffer && buffer.byteLength === PIECE_BYTES;
    if (isOurs && this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }

  /** Cancels the rest; may be called again, and after the end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.cancel().catch(() => {});
    this.#settings.abort();
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (!this.#reader) return undefined;
    const { limitMs, requestLine } = this.#settings;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(silence("more of the file", limitMs, requestLine)),
      limitMs,
    );
    try {
      const { done, value } = await Promise.race([this.#reader.read(), late]);
      return done ? undefined : value;
    } finally {
      clearTimeout(timer);
    }
  }

  #wrongSize(which: "more" | "less"): OriginError {
    return new OriginError(
      `The origin has sent ${which} than it announced`,
      `${this.#settings.requestLine}: ${this.#came} bytes came, but Content-Length is ${this.size}`,
    );
  }

  /** A connection that ends early is noticed by the missing bytes. */
  #explained(error: unknown): OriginError {
    if (error instanceof OriginError) return error;
    const { requestLine } = this.#settings;
    const { message } = errorOfFailure(error, requestLine);
    const ofSize = this.size === undefined ? "" : ` of ${this.size}`;
    return new OriginError(
      "The connection to the origin was lost",
      `${message} (after ${this.#came}${ofSize} bytes)`,
      { outage: true },
    );
  }
}

/** Reads into the same few buffers again and again, where the stream supports that. */
function readerOf(stream: ReadableStream<Uint8Array>, spare: ArrayBuffer[]): Reader {
  try {
    const reader = stream.getReader({ mode: "byob" });
    return {
      read: () => reader.read(new Uint8Array(spare.pop() ?? new ArrayBuffer(PIECE_BYTES))),
      cancel: () => reader.cancel(),
    } as Reader;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return stream.getReader();
  }
}
