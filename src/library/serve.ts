/** A server for programs: it serves files from a folder, a handler, or both. */

import type { Address } from "../protocol/mod.ts";
import type { Handler } from "../engine/handler.ts";
import type { Network } from "../engine/network.ts";
import { type Server as ThreadServer, type ServerStatus, serveThread } from "../server/server.ts";
import type { ListenOptions, PortRange } from "../server/listen.ts";
import type { LogRecord } from "../server/log_record.ts";
import type { ServePolicy } from "../server/policy.ts";
import { EventStream } from "./event_stream.ts";
import { type ServeHandler, toHandler } from "./handlers.ts";

/**
 * What to serve, and how. There must be a `root`, a `handler`, or both. Everything else has a
 * default.
 *
 * ```ts
 * import { serve, type ServeOptions } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * const options: ServeOptions = {
 *   ...{ root, port: 0, addresses: ["127.0.0.1"] },
 *   ...{ uploads: "new", maxUpload: 1_000_000 },
 *   log: (record) => console.log(record.kind),
 * };
 * await using server = serve(options);
 * if (server.addresses[0]!.hostname !== "127.0.0.1") throw new Error("it listens elsewhere");
 * await Deno.remove(root);
 * ```
 */
export interface ServeOptions extends Partial<ServePolicy>, ListenOptions {
  /** The folder whose files are served. */
  readonly root?: string;
  /**
   * Opens what `root` does not have, or everything where there is no `root`. For another order,
   * leave `root` out and use `folder` and `firstOf`.
   *
   * Uploads reach it as they reach a folder: only when `uploads` is not "off".
   */
  readonly handler?: Handler | ServeHandler;
  /** To abort it means `shutdown(0)`. */
  readonly signal?: AbortSignal;
  /** Answer from the listening port itself, for firewalls and containers. @default {false} */
  readonly singlePort?: boolean;
  /** Answer from these ports, for the same reason. @default {any} */
  readonly portRange?: PortRange;
  /** The network of its sockets. @default {that of Deno} */
  readonly network?: Network;
  /** Called with every log record; see also {@linkcode Server.events}. */
  log?(record: LogRecord): void;
}

/**
 * A running server. `await using` ends it with its block.
 *
 * ```ts
 * import { serve, type Server } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const network = new MemoryLan().machine("10.0.0.1");
 * const server: Server = serve({ network, handler: () => "welcome\n" });
 * server.reconfigure({ maxTransfers: 10 });
 * if (server.status.transfers !== 0) throw new Error("nobody has asked yet");
 * // Transfers that run may take one second more.
 * await server.shutdown(1000);
 * await server.finished;
 * ```
 */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly addresses: readonly Address[];
  /** The served folder, links resolved; empty where there is none. */
  readonly root: string;
  /** Settles after {@linkcode Server.shutdown}; rejects when a listening socket fails. */
  readonly finished: Promise<void>;
  /** The sizes of its tables now. */
  readonly status: ServerStatus;
  /**
   * The events from now on, for `for await`; each call starts another stream. Earlier events are
   * not kept, and at most 1000 wait for a slow reader.
   */
  events(): EventStream;
  /** Replaces the whole policy. Running transfers keep what they were granted. */
  reconfigure(policy: Partial<ServePolicy>): void;
  /**
   * Accepts no more requests, gives running transfers so many milliseconds to end, ends the rest
   * with ERROR 0, and closes all sockets. @default {0}
   */
  shutdown(drainMs?: number): Promise<void>;
}

/**
 * Starts a server, which listens when this returns. Throws `NetworkError` when an address can't be
 * bound, `LocalFileError` when there is no such folder, and a `TypeError` for options that
 * contradict each other.
 *
 * A script for each client, and everything else from a folder:
 *
 * ```ts
 * import { get, serve } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * await using server = serve({
 *   ...{ root, port: 0, addresses: ["127.0.0.1"] },
 *   handler: ({ name, client }) =>
 *     name === "boot.ipxe" ? `#!ipxe\necho I am ${client.hostname}\n` : null,
 * });
 * const { port } = server.addresses[0]!;
 *
 * const { body, summary } = await get("boot.ipxe", { host: "127.0.0.1", port });
 * const script = await new Response(body).text();
 * if (!script.includes("I am 127.0.0.1")) throw new Error(script);
 * // Until then a last ACK that was lost is repeated.
 * await (await summary).dallied;
 * await Deno.remove(root);
 * ```
 */
export function serve(options: ServeOptions): Server {
  return new LibraryServer(options);
}

class LibraryServer implements Server {
  readonly finished: Promise<void>;
  readonly #server: ThreadServer;
  readonly #streams = new Set<EventStream>();
  #isOver = false;

  constructor({ handler, signal, log, ...options }: ServeOptions) {
    signal?.throwIfAborted();
    this.#server = serveThread({
      ...options,
      ...(handler ? { handler: toHandler(handler) } : {}),
      log: (record) => {
        log?.(record);
        this.#tell(record);
      },
    });
    this.finished = this.#server.finished;
    const end = () => void this.shutdown().catch(() => {});
    signal?.addEventListener("abort", end, { once: true });
    const over = () => {
      signal?.removeEventListener("abort", end);
      this.#isOver = true;
      for (const stream of this.#streams) stream.end();
      this.#streams.clear();
    };
    this.finished.then(over, over);
  }

  get addresses(): readonly Address[] {
    return this.#server.addresses;
  }

  get root(): string {
    return this.#server.root;
  }

  get status(): ServerStatus {
    return this.#server.status;
  }

  events(): EventStream {
    const stream = new EventStream((left) => this.#streams.delete(left));
    if (this.#isOver) stream.end();
    else this.#streams.add(stream);
    return stream;
  }

  reconfigure(policy: Partial<ServePolicy>): void {
    this.#server.reconfigure(policy);
  }

  async shutdown(drainMs = 0): Promise<void> {
    await this.#server.shutdown(drainMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #tell(record: LogRecord): void {
    for (const stream of this.#streams) stream.add(record);
  }
}
