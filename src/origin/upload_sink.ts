/**
 * A file that is sent here, as the body of a PUT: what comes goes on at once, an origin that is
 * slow slows the client down, and the client hears that all is well when the origin has said so.
 */

import type { Sink } from "../engine/source_sink.ts";
import type { Answer, OriginClient } from "./origin_client.ts";
import { errorOfFailure, errorOfStatus, OriginError, silence } from "./origin_error.ts";
import { shown } from "./origin_url.ts";

/** Waits for the origin to take it; beyond that the client must wait. */
const MAX_QUEUED_BYTES = 256 * 1024;

export interface UploadSettings {
  /** The bytes that will come, where the client has announced them. */
  readonly size: number | undefined;
  /** Whether a file that exists must stay. */
  readonly isNew: boolean;
  /** Called when the origin has the file. */
  stored(): void;
}

export class UploadSink implements Sink {
  readonly #client: OriginClient;
  readonly #url: URL;
  readonly #settings: UploadSettings;
  readonly #abort = new AbortController();
  readonly #stream: ReadableStream<Uint8Array>;
  #queue!: ReadableStreamDefaultController<Uint8Array>;
  /** Begun by the first byte: a client that was never heard costs the origin nothing. */
  #answer: Promise<Answer> | undefined;
  /** Why nothing more can be written. */
  #failure: unknown;
  #written = 0;
  #ended = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(client: OriginClient, url: URL, settings: UploadSettings) {
    this.#client = client;
    this.#url = url;
    this.#settings = settings;
    this.#stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#queue = controller),
      pull: () => this.#hasRoom(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_QUEUED_BYTES }));
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#failure) throw this.#failure;
    if (bytes.length === 0) return;
    this.#begin();
    this.#written += bytes.length;
    this.#refuseMore();
    // The buffer is the receiver's, which will use it again.
    this.#queue.enqueue(bytes.slice());
    if ((this.#queue.desiredSize ?? 0) > 0) return;
    this.#room = Promise.withResolvers();
    return this.#limited(this.#room.promise, "room for more");
  }

  async commit(): Promise<void> {
    this.#begin();
    const { size } = this.#settings;
    if (size !== undefined && this.#written < size) throw this.#wrongSize();
    this.#queue.close();
    this.#ended = true;
    try {
      const { status, deed, body } = await this.#limited(this.#answer!, "answer to the upload");
      body.close();
      if (status < 200 || status > 299) throw errorOfStatus(status, deed);
    } catch (error) {
      this.#abort.abort();
      throw error;
    }
    this.#settings.stored();
  }

  abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fail(this.#broken("the client has given up"));
  }

  #begin(): void {
    if (this.#answer) return;
    const { size, isNew } = this.#settings;
    this.#answer = this.#client.send(this.#url, {
      body: this.#stream,
      size,
      controller: this.#abort,
      headers: {
        "content-type": "application/octet-stream",
        ...(isNew ? { "if-none-match": "*" } : {}),
      },
    });
    this.#answer.then(
      // An answer before the end is a refusal, or of no use.
      ({ status, deed, body }) => {
        if (this.#ended) return;
        body.close();
        this.#fail(
          status > 299
            ? errorOfStatus(status, deed)
            : this.#broken("it answered before it had the whole file"),
        );
      },
      (error) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#abort.abort(this.#failure);
    this.#room?.reject(this.#failure);
    this.#room = undefined;
  }

  #hasRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #refuseMore(): void {
    const { size } = this.#settings;
    if (size !== undefined && this.#written > size) throw this.#wrongSize();
  }

  #wrongSize(): OriginError {
    const error = new OriginError(
      "The file has another size than tsize said",
      `${this.#deed}: ${this.#written} bytes came of ${this.#settings.size} (tsize)`,
    );
    this.#fail(error);
    return error;
  }

  #broken(why: string): OriginError {
    return new OriginError("The origin has broken off", `${this.#deed}: ${why}`);
  }

  get #deed(): string {
    return `PUT ${shown(this.#url)}`;
  }

  async #limited<T>(wanted: Promise<T>, what: string): Promise<T> {
    const { limitMs } = this.#client;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(silence(what, limitMs, this.#deed)), limitMs);
    try {
      return await Promise.race([wanted, late]);
    } catch (error) {
      const failure = errorOfFailure(error, this.#deed);
      this.#fail(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }
}
