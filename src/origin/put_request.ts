/**
 * A PUT, written by hand on a connection of its own. `fetch` sends a stream in chunks whatever is
 * said of its size, which S3 and some other servers do not take, and it keeps the buffers that it
 * has sent, sometimes a whole file of them.
 */

import { OriginError } from "./origin_error.ts";

/** The head of an answer is no longer than this. */
const MAX_HEAD_BYTES = 64 * 1024;

export interface PutRequest {
  readonly url: URL;
  readonly headers: Headers;
  /** The bytes of the body; where that is not known it is sent in chunks (RFC 9112 §7.1). */
  readonly size: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
  readonly caCerts: readonly string[];
  /** Breaks it off. */
  readonly signal: AbortSignal;
  /** What it is, for the log. */
  readonly deed: string;
}

/** Sends it; answers the status, which may come before all was sent. */
export async function sendPut(put: PutRequest): Promise<number> {
  const { signal } = put;
  const connection = await connect(put);
  const breakOff = () => close(connection);
  signal.addEventListener("abort", breakOff, { once: true });
  try {
    if (signal.aborted) throw signal.reason;
    await writeAll(connection, new TextEncoder().encode(headOf(put)));
    const sending = sendBody(connection, put);
    // Whoever answers early takes no more: that is no fault of its own.
    sending.catch(() => {});
    const status = await readStatus(connection, put.deed);
    return status;
  } catch (error) {
    throw signal.aborted ? signal.reason ?? error : error;
  } finally {
    signal.removeEventListener("abort", breakOff);
    close(connection);
  }
}

async function connect({ url, caCerts }: PutRequest): Promise<Deno.Conn> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (url.protocol === "http:") return await Deno.connect({ hostname, port });
  return await Deno.connectTls({
    ...{ hostname, port, alpnProtocols: ["http/1.1"] },
    caCerts: [...caCerts],
  });
}

function headOf({ url, headers, size }: PutRequest): string {
  const all = new Headers(headers);
  all.set("host", url.host);
  if (size === undefined) all.set("transfer-encoding", "chunked");
  else all.set("content-length", String(size));
  all.set("connection", "close");
  const lines = [...all].map(([name, value]) => `${name}: ${value}`);
  return [`PUT ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

async function sendBody(connection: Deno.Conn, { body, size }: PutRequest): Promise<void> {
  const isChunked = size === undefined;
  const say = (text: string) => writeAll(connection, new TextEncoder().encode(text));
  for await (const piece of body) {
    // An empty chunk would be the last one.
    if (piece.length === 0) continue;
    if (isChunked) await say(`${piece.length.toString(16)}\r\n`);
    await writeAll(connection, piece);
    if (isChunked) await say("\r\n");
  }
  if (isChunked) await say("0\r\n\r\n");
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await connection.write(bytes.subarray(written));
}

/** The status of the first answer that is final. */
async function readStatus(connection: Deno.Conn, deed: string): Promise<number> {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder("latin1");
  let text = "";
  while (text.length < MAX_HEAD_BYTES) {
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(text)?.[1] ?? 0);
      if (status === 0) throw new OriginError("The origin has broken off", `${deed}: no HTTP`);
      if (status >= 200) return status;
      text = text.slice(end + 4);
    }
    const count = await connection.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count));
  }
  throw new OriginError("The origin has broken off", `${deed}: it hung up without an answer`);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
