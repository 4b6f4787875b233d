/**
 * An uploaded file as the body of a PUT request. Each block goes at once from the receiver's buffer
 * to the connection. A slow origin slows the client down, and the last block is acknowledged only
 * when the origin has confirmed the file.
 */

import type { Sink } from "../engine/source_sink.ts";
import type { OriginClient } from "./origin_client.ts";
import { errorOfFailure, errorOfStatus, OriginError, silence } from "./origin_error.ts";
import { shown } from "./origin_url.ts";
import type { PutRequest } from "./put_request.ts";

export interface UploadSettings {
  /** The bytes that will come, where the client has announced them. */
  readonly size: number | undefined;
  /** Whether a file that exists must stay. */
  readonly isNew: boolean;
  /** Called when the origin has the file; the last block is acknowledged when it is done. */
  stored(): void | Promise<void>;
}

export class UploadSink implements Sink {
  readonly #client: OriginClient;
  readonly #url: URL;
  readonly #settings: UploadSettings;
  readonly #abort = new AbortController();
  /** Opened by the first byte: a client that was never heard costs the origin nothing. */
  #request: PutRequest | undefined;
  /** Settles when the origin has answered, or never will. */
  #answered: Promise<void> | undefined;
  /** Why nothing more can be written. */
  #failure: unknown;
  #written = 0;
  #ended = false;

  constructor(client: OriginClient, url: URL, settings: UploadSettings) {
    this.#client = client;
    this.#url = url;
    this.#settings = settings;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (bytes.length === 0) return;
    const request = this.#request ?? await this.#limited(this.#open(), "connection");
    this.#written += bytes.length;
    const { size } = this.#settings;
    if (size !== undefined && this.#written > size) throw this.#wrongSize();
    await this.#limited(this.#sent(request.write(bytes)), "room for more");
  }

  async commit(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const request = this.#request ?? await this.#limited(this.#open(), "connection");
    const { size } = this.#settings;
    if (size !== undefined && this.#written < size) throw this.#wrongSize();
    this.#ended = true;
    await this.#limited(this.#sent(request.end()), "room for more");
    const status = await this.#limited(request.status, "answer to the upload");
    request.close();
    if (status < 200 || status > 299) throw this.#refusal(status);
    await this.#settings.stored();
  }

  abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fail(this.#broken("the client has given up"));
  }

  async #open(): Promise<PutRequest> {
    const { size, isNew } = this.#settings;
    const headers = {
      "content-type": "application/octet-stream",
      ...(isNew ? { "if-none-match": "*" } : {}),
    };
    const { signal } = this.#abort;
    const request = await this.#client.put(this.#url, { size, headers, signal });
    this.#request = request;
    this.#answered = request.status.then(
      (status) => this.#heard(status),
      (error) => this.#fail(errorOfFailure(error, this.#requestLine)),
    );
    return request;
  }

  /** An answer before the end is a refusal, or of no use. */
  #heard(status: number): void {
    if (this.#ended || this.#written === this.#settings.size) return;
    this.#fail(
      status > 299
        ? this.#refusal(status)
        : this.#broken("it answered before it had the whole file"),
    );
  }

  /** Whoever answers early may take no more: then the answer is the reason, and not that. */
  async #sent(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      await this.#answered;
      throw this.#failure ?? error;
    }
  }

  #refusal(status: number): OriginError {
    if (status < 300 || status > 399) return errorOfStatus(status, this.#requestLine);
    return new OriginError("The origin redirects uploads", `${this.#requestLine}: HTTP ${status}`);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#abort.abort(this.#failure);
  }

  #wrongSize(): OriginError {
    const error = new OriginError(
      "The size of the file differs from tsize",
      `${this.#requestLine}: ${this.#written} bytes came of ${this.#settings.size} (tsize)`,
    );
    this.#fail(error);
    return error;
  }

  #broken(why: string): OriginError {
    return new OriginError("The connection to the origin was lost", `${this.#requestLine}: ${why}`);
  }

  get #requestLine(): string {
    return `PUT ${shown(this.#url)}`;
  }

  async #limited<T>(wanted: Promise<T>, what: string): Promise<T> {
    const { limitMs } = this.#client;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(silence(what, limitMs, this.#requestLine)), limitMs);
    try {
      return await Promise.race([wanted, late]);
    } catch (error) {
      const failure = this.#failure ?? errorOfFailure(error, this.#requestLine);
      this.#fail(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }
}
