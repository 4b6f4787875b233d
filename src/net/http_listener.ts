/** An HTTP listener, over TCP. */

import { NetworkError } from "../engine/errors.ts";
import { formatAddress } from "../engine/address.ts";
import type { Address } from "../protocol/mod.ts";

/** A listener. */
export interface HttpListener {
  readonly address: Address;
  /** Accepts no more; answers under way end within a moment, or are cut off. */
  close(): Promise<void>;
}

/** How long answers may take after it was closed. */
const CLOSE_WITHIN_MS = 1000;

/** The pause before it listens again. It doubles with each failure, up to the longest. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

type Answer = (request: Request) => Promise<Response>;
type Failed = (error: unknown) => void;

/**
 * Listens at an address of this machine. Throws `NetworkError` when it can't be bound. `failed` is
 * called when an answer fails, or when no more connections are accepted. In the latter case it
 * closes all connections and listens again after a pause.
 */
export function listenHttp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  answer: Answer,
  failed: Failed,
): HttpListener {
  return new LastingListener({ hostname, port }, answer, failed);
}

class LastingListener implements HttpListener {
  readonly address: Address;
  readonly #answer: Answer;
  readonly #failed: Failed;
  #current: Listening | undefined;
  #sinceMs = performance.now();
  #pauseMs = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(address: Address, answer: Answer, failed: Failed) {
    this.#answer = answer;
    this.#failed = failed;
    this.address = this.#listen(address);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#current?.close();
  }

  #listen(address: Address): Address {
    const listening = listenOnce(address, this.#answer, this.#failed);
    this.#current = listening;
    this.#sinceMs = performance.now();
    listening.failure.then((error) => error && this.#ended(error));
    return listening.address;
  }

  /** Closes the connections: a TFTP transfer may need their descriptors. */
  #ended(error: Error): void {
    this.#current?.abort();
    this.#current = undefined;
    if (this.#isClosed) return;
    if (performance.now() - this.#sinceMs > LONGEST_PAUSE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const where = formatAddress(this.address);
    const why = error.message.replace(/^Error: /, "");
    this.#pause(
      `TCP port ${where} has closed all connections, as it can accept no more: ${why}`,
      error,
    );
  }

  #pause(reason: string, cause: unknown): void {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    this.#timer = setTimeout(() => this.#listenAgain(), pauseMs);
    this.#failed(new NetworkError(`${reason}; it tries again in ${pauseMs / 1000} s`, { cause }));
  }

  #listenAgain(): void {
    try {
      this.#listen(this.address);
    } catch (error) {
      this.#pause((error as Error).message, error);
    }
  }
}

/** A listener up to its first failure. */
interface Listening extends HttpListener {
  /** Why it accepts no more connections; undefined when it was closed. */
  readonly failure: Promise<Error | undefined>;
  /** Closes all connections at once. */
  abort(): void;
}

function listenOnce({ hostname, port }: Address, answer: Answer, failed: Failed): Listening {
  const ended = new AbortController();
  const onError = (error: unknown) => {
    failed(error);
    return new Response("Internal failure\n", { status: 500 });
  };
  try {
    const server = Deno.serve(
      { hostname, port, signal: ended.signal, onListen: () => {}, onError },
      answer,
    );
    const failure = server.finished.then(() => undefined, (error: Error) => error);
    return {
      address: { hostname: server.addr.hostname, port: server.addr.port },
      failure,
      abort: () => ended.abort(),
      close: async () => {
        const late = setTimeout(() => ended.abort(), CLOSE_WITHIN_MS);
        await Promise.race([server.shutdown(), failure]);
        clearTimeout(late);
      },
    };
  } catch (error) {
    throw new NetworkError(sentence(error, formatAddress({ hostname, port })), { cause: error });
  }
}

function sentence(error: unknown, where: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `TCP port ${where} is in use by another program: choose another port with --http`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${where} is no address of this machine: see --http`;
  }
  return `TCP port ${where} can't be listened on: ${(error as Error).message}`;
}
