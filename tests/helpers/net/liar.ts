/** An HTTP server for broken answers: it sends exactly the bytes that a test gives it. */

/** What it does on a connection once it has read the head of a request. */
export type Answering = (tools: {
  readonly request: string;
  send(text: string | Uint8Array): Promise<void>;
  /** Settles when the other end has hung up. */
  readonly gone: Promise<void>;
}) => Promise<void>;

export class Liar implements AsyncDisposable {
  /** The first line of each request. */
  readonly requests: string[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #answers: Readonly<Record<string, Answering>>;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running: Promise<unknown>[] = [];

  /** `answers` are by path. */
  constructor(answers: Readonly<Record<string, Answering>>) {
    this.#answers = answers;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#running.push(this.#accept());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) this.#close(connection);
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.#listener.accept();
      } catch {
        return;
      }
      this.#connections.add(connection);
      this.#running.push(
        this.#serve(connection).catch(() => {}).finally(() => this.#close(connection)),
      );
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#connections.delete(connection)) connection.close();
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    let head = "";
    const buffer = new Uint8Array(65_536);
    while (!head.includes("\r\n\r\n")) {
      const count = await connection.read(buffer);
      if (count === null) return;
      head += new TextDecoder().decode(buffer.subarray(0, count));
    }
    const line = head.slice(0, head.indexOf("\r\n"));
    this.requests.push(line);
    const path = line.split(" ")[1]!.split("?")[0]!;
    const gone = (async () => {
      try {
        while (await connection.read(buffer) !== null);
      } catch {
        return;
      }
    })();
    const send = async (text: string | Uint8Array) => {
      let bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
      while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
    };
    await this.#answers[path]?.({ request: head, send, gone });
  }
}

/** An answer of 200 that says how long it is. */
export function said(length: number, more = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`;
}
