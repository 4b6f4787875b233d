/**
 * A PUT request, written by hand on its own connection. `fetch` always sends a stream in chunks,
 * which S3 and some other servers refuse, and it keeps the buffers that it has sent, sometimes a
 * whole file of them. Here the bytes go from the caller's buffer to the connection, and nothing is
 * kept.
 */

import { OriginError } from "./origin_error.ts";

/** The head of an answer is no longer than this. */
const MAX_HEAD_BYTES = 64 * 1024;

/** A chunk up to this size is copied behind the line with its size: one write and not two. */
const MAX_COPIED_BYTES = 16 * 1024;

/** Room for that line: a line end, sixteen digits, a line end. */
const CHUNK_LINE_BYTES = 20;

export interface PutHead {
  readonly url: URL;
  readonly headers: Headers;
  /** The bytes of the body; where that is not known it is sent in chunks (RFC 9112 §7.1). */
  readonly size: number | undefined;
  readonly caCerts: readonly string[];
  /** What it is, for the log. */
  readonly requestLine: string;
}

const encoder = new TextEncoder();

export class PutRequest {
  /** The final status, which may come before all was sent. */
  readonly status: Promise<number>;
  readonly #connection: Deno.Conn;
  /** A chunk and its line; absent where the body is sent as it is. */
  readonly #chunk: Uint8Array | undefined;
  #hasChunks = false;

  /** Connects and sends the head. An abort, at any time, closes the connection. */
  static async open(head: PutHead, signal: AbortSignal): Promise<PutRequest> {
    const connection = await connect(head);
    signal.addEventListener("abort", () => close(connection), { once: true });
    try {
      if (signal.aborted) throw signal.reason;
      await writeAll(connection, encoder.encode(textOf(head)));
      return new PutRequest(connection, head);
    } catch (error) {
      close(connection);
      throw error;
    }
  }

  private constructor(connection: Deno.Conn, { size, requestLine }: PutHead) {
    this.#connection = connection;
    if (size === undefined) this.#chunk = new Uint8Array(CHUNK_LINE_BYTES + MAX_COPIED_BYTES);
    this.status = readStatus(connection, requestLine);
  }

  /** Sends more of the body: at least one byte, and none may change until it is done. */
  async write(bytes: Uint8Array): Promise<void> {
    const chunk = this.#chunk;
    if (chunk !== undefined) {
      const line = `${this.#hasChunks ? "\r\n" : ""}${bytes.length.toString(16)}\r\n`;
      this.#hasChunks = true;
      const { written } = encoder.encodeInto(line, chunk);
      const isCopied = bytes.length <= MAX_COPIED_BYTES;
      if (isCopied) chunk.set(bytes, written);
      await writeAll(this.#connection, chunk.subarray(0, written + (isCopied ? bytes.length : 0)));
      if (isCopied) return;
    }
    await writeAll(this.#connection, bytes);
  }

  /** All of the body was sent. */
  async end(): Promise<void> {
    if (this.#chunk === undefined) return;
    const last = `${this.#hasChunks ? "\r\n" : ""}0\r\n\r\n`;
    await writeAll(this.#connection, encoder.encode(last));
  }

  /** Gives the connection back; harmless when repeated. */
  close(): void {
    close(this.#connection);
  }
}

async function connect({ url, caCerts }: PutHead): Promise<Deno.Conn> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (url.protocol === "http:") return await Deno.connect({ hostname, port });
  return await Deno.connectTls({
    ...{ hostname, port, alpnProtocols: ["http/1.1"] },
    caCerts: [...caCerts],
  });
}

function textOf({ url, headers, size }: PutHead): string {
  const all = new Headers(headers);
  all.set("host", url.host);
  if (size === undefined) all.set("transfer-encoding", "chunked");
  else all.set("content-length", String(size));
  all.set("connection", "close");
  const lines = [...all].map(([name, value]) => `${name}: ${value}`);
  return [`PUT ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let written = await connection.write(bytes);
  while (written < bytes.length) written += await connection.write(bytes.subarray(written));
}

/** The status of the first answer that is final. */
async function readStatus(connection: Deno.Conn, requestLine: string): Promise<number> {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder("latin1");
  let text = "";
  while (text.length < MAX_HEAD_BYTES) {
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(text)?.[1] ?? 0);
      if (status === 0) {
        throw new OriginError("The connection to the origin was lost", `${requestLine}: no HTTP`);
      }
      if (status >= 200) return status;
      text = text.slice(end + 4);
    }
    const count = await connection.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count));
  }
  throw new OriginError(
    "The connection to the origin was lost",
    `${requestLine}: it closed the connection without an answer`,
  );
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
