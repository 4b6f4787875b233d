/**
 * A PUT whose size is known. `fetch` sends a stream in chunks whatever is said of its size, which
 * S3 and some other servers do not take; so this request is written by hand, on a connection of
 * its own.
 */

import { OriginError } from "./origin_error.ts";

/** The head of an answer is no longer than this. */
const MAX_HEAD_BYTES = 64 * 1024;

export interface SizedPut {
  readonly url: URL;
  readonly headers: Headers;
  readonly size: number;
  readonly body: ReadableStream<Uint8Array>;
  readonly caCerts: readonly string[];
  /** Breaks it off. */
  readonly signal: AbortSignal;
  /** What it is, for the log. */
  readonly deed: string;
}

/** Sends it; answers the status, which may come before all was sent. */
export async function sizedPut(put: SizedPut): Promise<number> {
  const { signal, body } = put;
  const connection = await connect(put);
  const breakOff = () => close(connection);
  signal.addEventListener("abort", breakOff, { once: true });
  try {
    if (signal.aborted) throw signal.reason;
    await writeAll(connection, new TextEncoder().encode(headOf(put)));
    const sending = sendBody(connection, body);
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

async function connect({ url, caCerts }: SizedPut): Promise<Deno.Conn> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (url.protocol === "http:") return await Deno.connect({ hostname, port });
  return await Deno.connectTls({
    ...{ hostname, port, alpnProtocols: ["http/1.1"] },
    caCerts: [...caCerts],
  });
}

function headOf({ url, headers, size }: SizedPut): string {
  const all = new Headers(headers);
  all.set("host", url.host);
  all.set("content-length", String(size));
  all.set("connection", "close");
  const lines = [...all].map(([name, value]) => `${name}: ${value}`);
  return [`PUT ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

async function sendBody(connection: Deno.Conn, body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const piece of body) await writeAll(connection, piece);
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
