/** `get` and `put` for programs: streams, bytes, and sources and sinks of their own. */

import type { Agreement } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { get as getInto, put as putFrom } from "../client/client.ts";
import type { ClientOptions, Summary } from "../client/client_options.ts";
import { type FileContent, sourceOf } from "./content.ts";
import { ReadableSink } from "./stream_sinks.ts";

/**
 * A file that is being fetched.
 *
 * ```ts
 * import { type Download, get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * const handler = () => new Uint8Array(100_000);
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler });
 * const network = lan.machine("10.0.0.2");
 * const { body, size, summary }: Download = await get("image", { host: "10.0.0.1", network });
 * let bytes = 0;
 * for await (const piece of body) bytes += piece.length;
 * if (bytes !== size) throw new Error(`${bytes} of ${size} bytes`);
 * await (await summary).dallied;
 * ```
 */
export interface Download {
  /**
   * Its bytes, as fast as they are read. A slow reader slows the server down, and loses the
   * transfer when it reads nothing for longer than the server waits. To cancel it, or to abort the
   * `signal` of the options, ends the transfer and tells the server. It fails when the transfer
   * does.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** The size in bytes, where the server has given it (`tsize`, RFC 2349). */
  readonly size: number | undefined;
  /** The negotiated options. */
  readonly agreement: Agreement;
  /** The summary of the whole transfer; rejects when it fails. */
  readonly summary: Promise<Summary>;
}

/**
 * Fetches a file as a stream. It settles when the server has answered.
 *
 * Throws a `TftpError` for a server's ERROR, `PeerSilentError`, `ProtocolError`, `NetworkError`,
 * `CancelledError`, and a `RangeError` for a name that does not fit into a request.
 *
 * ```ts
 * import { get, serve } from "@tftp/tftp";
 *
 * await using server = serve({ port: 0, addresses: ["127.0.0.1"], handler: () => "welcome\n" });
 * const { port } = server.addresses[0]!;
 *
 * const { body, size, summary } = await get("motd", { host: "127.0.0.1", port });
 * const text = await new Response(body).text();
 * if (size !== 8 || text !== "welcome\n") throw new Error(`${size} bytes: ${text}`);
 * // Until then a last ACK that was lost is repeated.
 * await (await summary).dallied;
 * ```
 */
export function get(filename: string, options: ClientOptions): Promise<Download>;
/**
 * Fetches a file into a {@linkcode Sink}, which is committed when the file is complete and
 * abandoned otherwise. A file whose size is not the announced one is not complete.
 *
 * Throws what it throws without a sink, and what the sink throws, such as a `LocalFileError`.
 */
export function get(filename: string, sink: Sink, options: ClientOptions): Promise<Summary>;
export function get(
  filename: string,
  ...rest: [Sink, ClientOptions] | [ClientOptions]
): Promise<Summary | Download> {
  return rest.length === 2 ? getInto(filename, ...rest) : download(filename, rest[0]);
}

function download(filename: string, options: ClientOptions): Promise<Download> {
  const controller = new AbortController();
  const { signal = controller.signal } = options;
  const either = AbortSignal.any([controller.signal, signal]);
  const sink = new ReadableSink(() => controller.abort());
  const { promise, resolve, reject } = Promise.withResolvers<Download>();
  const summary = getInto(filename, sink, {
    ...options,
    signal: either,
    onAnswer: (agreement) => {
      options.onAnswer?.(agreement);
      resolve({ body: sink.stream, size: agreement.tsize, agreement, summary });
    },
  });
  summary.catch((error) => {
    sink.fail(error);
    reject(error);
  });
  return promise;
}

/**
 * Sends a file under a name: bytes, text as UTF-8, a `Blob`, a stream, the body of a `Response`, or
 * a {@linkcode Source}, which is closed at the end. A stream of unknown length is sent without
 * `tsize`. A stream is read no faster than the server takes it, and cancelled when the transfer
 * fails. Throws as {@linkcode get} does, and a `TypeError` for anything that can't be a file.
 *
 * ```ts
 * import { put, serve } from "@tftp/tftp";
 *
 * const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
 * const received = new Response(readable).text();
 * await using server = serve({
 *   ...{ port: 0, addresses: ["127.0.0.1"], uploads: "overwrite" },
 *   handler: () => writable,
 * });
 * const { port } = server.addresses[0]!;
 *
 * const { bytes } = await put("switch.cfg", "hostname sw1\n", { host: "127.0.0.1", port });
 * if (bytes !== 13 || await received !== "hostname sw1\n") throw new Error(`${bytes} bytes`);
 * ```
 */
export async function put(
  filename: string,
  content: FileContent,
  options: ClientOptions,
): Promise<Summary> {
  return await putFrom(filename, sourceOf(content), options);
}
