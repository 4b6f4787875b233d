/**
 * Where a server's files come from. The handler is called once for each request and returns a
 * source or a sink, at once or later. The served folder is one handler among others. Pure.
 *
 * A handler that answers at once returns no promise. One that must wait (for an HTTP server, say)
 * returns a promise, or any object with a `then`. Meanwhile the server keeps a place for the
 * client, and repeats of its request open nothing. If the client gives up, the request is
 * cancelled, and the server closes or abandons a file that comes after that.
 */

import { type Address, ErrorCode, type Mode, type Option } from "../protocol/mod.ts";
import type { Sink, Source } from "./source_sink.ts";
import { isLater } from "./later.ts";

/**
 * How requested names are looked up.
 *
 * ```ts
 * import type { Naming } from "@tftp/tftp";
 *
 * // For a handler of its own that holds to what the server was told.
 * const find = (names: string[], wanted: string, { ignoreCase = false }: Naming) =>
 *   names.find((name) =>
 *     name === wanted || ignoreCase && name.toLowerCase() === wanted.toLowerCase()
 *   );
 * const found = find(["BOOTX64.EFI"], "bootx64.efi", { ignoreCase: true });
 * if (found !== "BOOTX64.EFI") throw new Error(`${found}`);
 * ```
 */
export interface Naming {
  /** Ignore upper and lower case. */
  readonly ignoreCase?: boolean;
  /** A folder under the root that is this client's root, if it exists. */
  readonly folder?: string;
}

/**
 * How uploads are stored.
 *
 * ```ts
 * import { ErrorCode, refusal, type Writing } from "@tftp/tftp";
 *
 * // For a handler of its own that holds to what the server was told.
 * const check = (exists: boolean, { existing }: Writing) => {
 *   if (exists && existing === "refuse") throw refusal(ErrorCode.FileExists);
 * };
 * check(true, { existing: "replace" });
 * let code: number | undefined;
 * try {
 *   check(true, { existing: "refuse" });
 * } catch (error) {
 *   code = (error as { code: number }).code;
 * }
 * if (code !== 6) throw new Error(`${code}`);
 * ```
 */
export interface Writing extends Naming {
  /** Whether an existing file refuses an upload, is replaced, or is kept under a number. */
  readonly existing: "refuse" | "replace" | "keep";
  /** The only folder under the root that takes uploads. */
  readonly only?: string;
  /** The permissions of a new file. @default {those that the umask leaves} */
  readonly mode?: number;
}

/**
 * A request as a handler sees it. The server has already checked the client's address, whether
 * uploads are on, and the announced size; it also applies the rate limits.
 *
 * ```ts
 * import type { FileRequest } from "@tftp/tftp";
 *
 * // Old boot ROMs end a name with a byte of 255.
 * const trimmed = ({ name }: Pick<FileRequest, "name">) => name.replace(/\xff$/, "");
 * const name = trimmed({ name: "pxelinux.0\xff" });
 * if (name !== "pxelinux.0") throw new Error(name);
 * ```
 */
export interface FileRequest {
  /** Whether the client fetches the file (RRQ) or sends it (WRQ). */
  readonly direction: "get" | "put";
  /** The client's address and port. A client on IPv4 has an IPv4 address. */
  readonly client: Address;
  /** The name to look up, after the map file. */
  readonly name: string;
  /** The name as the client sent it. Like `name` it may contain anything, `..` included. */
  readonly askedName: string;
  /** The transfer mode. The server translates netascii: sources and sinks hold local text. */
  readonly mode: Mode;
  /** The options as the client sent them, known or not. */
  readonly options: readonly Option[];
  /** The size in bytes that an upload announces (`tsize`, RFC 2349). */
  readonly announcedBytes: number | undefined;
  /** How to look names up. */
  readonly naming: Naming;
  /** How to store uploads, and how to look up their names. */
  readonly writing: Writing;
  /**
   * Whether the request is cancelled: the client has given up, has requested something else or is
   * gone, or the server is shutting down.
   */
  readonly isCancelled: boolean;
  /** Calls back once when it is cancelled, or at once if it already is. It must not throw. */
  onCancel(callback: () => void): void;
}

/**
 * What a handler answers with: a source for a `get`, a sink for a `put`.
 *
 * ```ts
 * import type { Opened } from "@tftp/tftp";
 * import { MemorySink, MemorySource } from "@tftp/tftp/testing";
 *
 * const open = (direction: "get" | "put"): Opened =>
 *   direction === "get" ? new MemorySource(new Uint8Array(3)) : new MemorySink();
 * if (!("read" in open("get") && "write" in open("put"))) throw new Error("a source, then a sink");
 * ```
 */
export type Opened = Source | Sink;

/**
 * Opens files for requests.
 *
 * ```ts
 * import { firstOf, get, type Handler, refusal, serve } from "@tftp/tftp";
 * import { MemoryLan, MemorySource } from "@tftp/tftp/testing";
 *
 * const greetings: Handler = {
 *   open({ name }) {
 *     if (name !== "hello") throw refusal(1);
 *     return new MemorySource(new TextEncoder().encode("hello, too"));
 *   },
 * };
 * const lan = new MemoryLan();
 * const handler = firstOf(greetings, ({ name }) => `no greeting is called ${name}`);
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler });
 * const { body } = await get("hello", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * if (await new Response(body).text() !== "hello, too") throw new Error("another file");
 * ```
 */
export interface Handler {
  /**
   * Opens the file, at once or later.
   *
   * To refuse, it throws a local `TftpError`, or rejects with one: its code and message go to the
   * client, its `cause` goes to the log. Any other error is logged as the cause, and the client
   * gets ERROR 0 without details, or the code of a `LocalFileError`.
   *
   * After `OPENING_LIMIT_MS` without an answer the server cancels the request. It closes every
   * source, and commits or abandons every sink, that it gets.
   */
  open(request: FileRequest): Opened | PromiseLike<Opened>;
  /** An existing name that the client may have meant, for the log. */
  probableName?(name: string, naming: Naming): string | undefined;
}

/** Whether a handler has returned a source; otherwise it is a sink. */
export function isSource(opened: Opened): opened is Source {
  return "read" in opened;
}

/** Closes a source, or abandons a sink, that is no longer needed. Throws what that throws. */
export function discard(opened: Opened): void {
  if (isSource(opened)) opened.close();
  else opened.abandon();
}

/**
 * Handlers in order: one that refuses with "File not found" passes the request on to the next. Any
 * other answer is final, so a file that the first one may not read is not looked for in the second.
 */
export class HandlerChain implements Handler {
  readonly #handlers: readonly Handler[];

  /** The handlers in order, at least one. */
  constructor(...handlers: readonly [Handler, ...Handler[]]) {
    this.#handlers = handlers;
  }

  open(request: FileRequest): Opened | PromiseLike<Opened> {
    return this.#openFrom(0, request);
  }

  probableName(name: string, naming: Naming): string | undefined {
    for (const handler of this.#handlers) {
      const probable = handler.probableName?.(name, naming);
      if (probable !== undefined) return probable;
    }
    return undefined;
  }

  #openFrom(index: number, request: FileRequest): Opened | PromiseLike<Opened> {
    const handler = this.#handlers[index]!;
    if (index === this.#handlers.length - 1) return handler.open(request);
    const passOn = (error: unknown) => {
      if (!isNotFound(error) || request.isCancelled) throw error;
      return this.#openFrom(index + 1, request);
    };
    try {
      const opened = handler.open(request);
      return isLater(opened) ? opened.then(undefined, passOn) : opened;
    } catch (error) {
      return passOn(error);
    }
  }
}

/** Whether an error means that no file has the name. */
export function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === ErrorCode.FileNotFound;
}
