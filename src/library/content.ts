/** What the bytes of a file may come from, and the sources made from it. */

import { BytesSource } from "../engine/bytes_source.ts";
import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Source } from "../engine/source_sink.ts";

/**
 * A stream whose length is known, so that clients get the size of the file (RFC 2349).
 *
 * ```ts
 * import { get, serve, type SizedStream } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * const handler = (): SizedStream => ({ body: new Blob(["hello"]).stream(), size: 5 });
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler });
 * const { body, size } = await get("greeting", {
 *   ...{ host: "10.0.0.1", network: lan.machine("10.0.0.2") },
 * });
 * if (size !== 5) throw new Error("the client is told the size");
 * await new Response(body).text();
 * ```
 */
export interface SizedStream {
  /** The bytes. */
  readonly body: ReadableStream<Uint8Array>;
  /** Number of bytes; a stream with more or fewer fails the transfer. */
  readonly size: number;
}

/**
 * What a file may be: bytes, text as UTF-8, a `Blob`, a stream of known or unknown length, the body
 * of a `Response`, or a {@linkcode Source}.
 *
 * A `Response` that is no success becomes an ERROR packet: 404 and 410 are "File not found" (1),
 * 401 and 403 "Access violation" (2), 413 and 507 "Disk full" (3), and all others ERROR 0.
 *
 * ```ts
 * import { type FileContent, get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const files: Record<string, FileContent> = {
 *   motd: "welcome\n",
 *   key: new Uint8Array([1, 2, 3]),
 *   page: new Response("from elsewhere"),
 * };
 * const lan = new MemoryLan();
 * await using server = serve({
 *   network: lan.machine("10.0.0.1"),
 *   handler: ({ name }) => files[name],
 * });
 * const { body } = await get("page", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * if (await new Response(body).text() !== "from elsewhere") throw new Error("another file");
 * ```
 */
export type FileContent =
  | Uint8Array
  | string
  | Blob
  | ReadableStream<Uint8Array>
  | SizedStream
  | Response
  | Source;

/**
 * Makes a source of some content. Throws a local `TftpError` for a `Response` that is no success,
 * and a `TypeError` for anything that can't be a file.
 */
export function sourceOf(content: FileContent): Source {
  if (typeof content === "string") return new BytesSource(new TextEncoder().encode(content));
  if (content instanceof Uint8Array) return new BytesSource(content);
  if (content instanceof Blob) return new StreamSource(content.stream(), content.size);
  if (content instanceof ReadableStream) return new StreamSource(content);
  if (content instanceof Response) return sourceOfResponse(content);
  if (typeof content === "object" && content !== null) {
    if ("read" in content && "close" in content) return content;
    if ("body" in content && "size" in content) return new StreamSource(content.body, content.size);
  }
  throw new TypeError("A file is made of bytes, text, a Blob, a stream, a Response or a Source");
}

/** The refusal for an HTTP status; undefined for a success. */
export function refusalOfStatus({ ok, status }: Response): TftpError | undefined {
  if (ok) return undefined;
  switch (status) {
    case 404:
    case 410:
      return new TftpError("local", ErrorCode.FileNotFound);
    case 401:
    case 403:
      return new TftpError("local", ErrorCode.AccessViolation);
    case 413:
    case 507:
      return new TftpError("local", ErrorCode.DiskFull);
    default:
      return new TftpError("local", ErrorCode.NotDefined, `The origin answered ${status}`);
  }
}

function sourceOfResponse(response: Response): Source {
  const refusal = refusalOfStatus(response);
  if (refusal) {
    response.body?.cancel().catch(() => {});
    throw refusal;
  }
  if (!response.body) return new BytesSource(new Uint8Array());
  const length = response.headers.get("content-length");
  // The length of a compressed body says nothing about the file.
  const isPlain = !response.headers.has("content-encoding");
  const size = isPlain && length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  return new StreamSource(response.body, size);
}

/** A stream, read as fast as its client takes it, and cancelled when the client is gone. */
export class StreamSource implements Source {
  readonly size: number | undefined;
  readonly slow = true;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What was read and not yet sent. */
  #rest = new Uint8Array();
  #taken = 0;
  #ended = false;

  /** Throws a `TypeError` when the stream already has a reader. */
  constructor(stream: ReadableStream<Uint8Array>, size?: number) {
    this.#reader = stream.getReader();
    this.size = size;
  }

  async read(into: Uint8Array): Promise<number> {
    let filled = this.#take(into);
    while (filled < into.length && !this.#ended) {
      const { done, value } = await this.#reader.read();
      if (done) this.#end();
      else {
        this.#rest = bytesOf(value);
        filled += this.#take(into.subarray(filled));
      }
    }
    return filled;
  }

  close(): void {
    // The stream's own error is of no interest once the transfer is over.
    this.#reader.cancel().catch(() => {});
  }

  #take(into: Uint8Array): number {
    const piece = this.#rest.subarray(0, into.length);
    into.set(piece);
    this.#rest = this.#rest.subarray(piece.length);
    this.#taken += piece.length;
    if (this.size !== undefined && this.#taken + this.#rest.length > this.size) {
      throw wrongSize(`has more than the ${this.size} bytes that were announced`);
    }
    return piece.length;
  }

  /** A part of a file must not look like the whole file. */
  #end(): void {
    this.#ended = true;
    if (this.size === undefined || this.#taken === this.size) return;
    throw wrongSize(`ended after ${this.#taken} of ${this.size} bytes`);
  }
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>;
  throw new TypeError("A stream of a file must consist of Uint8Arrays");
}

function wrongSize(what: string): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, `The file ${what}`);
}
