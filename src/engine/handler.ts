/**
 * Where a server's files come from. A handler is asked once for each request, and answers with a
 * source or a sink, at once or later; a folder is one handler among others. Pure.
 *
 * A handler that answers at once costs no promise. One that must wait (for an HTTP server, say)
 * gives a promise, or anything with a `then`. Meanwhile the server keeps the client, and repeats
 * of its request open nothing. If nobody waits for the answer any more, the request is cancelled,
 * and what comes after that is closed or abandoned by the server.
 */

import { type Address, ErrorCode, type Mode, type Option } from "../protocol/mod.ts";
import type { Sink, Source } from "./ends.ts";
import { isLater } from "./later.ts";

/** How requested names are read. */
export interface Naming {
  /** Look names up without regard to case. */
  readonly ignoreCase?: boolean;
  /** A folder under the root that is this client's root, where it exists. */
  readonly folder?: string;
}

/** What may become of a file that is sent here. */
export interface Writing extends Naming {
  /** Whether a file of the name may be replaced, or kept beside under a number. */
  readonly existing: "refuse" | "replace" | "keep";
  /** The only folder under the root that takes files. */
  readonly only?: string;
  /** The permissions of a file that replaces none. @default {those that the umask leaves} */
  readonly mode?: number;
}

/**
 * A request as a handler sees it. The server has found it allowed: the client's address, whether
 * uploads are on, the announced size and the rate limits are its business.
 */
export interface FileRequest {
  /** Whether the client fetches the file (RRQ) or sends it (WRQ). */
  readonly direction: "get" | "put";
  /** The client's address and port; one that came by IPv4 is an IPv4 address. */
  readonly client: Address;
  /** The name to look up, as the map file has made it. */
  readonly name: string;
  /** The name as the client sent it. Like `name` it may hold anything, `..` included. */
  readonly askedName: string;
  /** The server translates netascii: sources and sinks hold the file as it is here. */
  readonly mode: Mode;
  /** The options as the client sent them, known or not. */
  readonly options: readonly Option[];
  /** The size in bytes that the client of an upload has announced (`tsize`, RFC 2349). */
  readonly announcedBytes: number | undefined;
  /** How the server was told to read names. */
  readonly naming: Naming;
  /** What the server was told to do with uploads, and how to read their names. */
  readonly writing: Writing;
  /**
   * Whether nobody waits any more, for the file to be opened or for its bytes: the client has given
   * up, has asked for something else or is gone, or the server ends.
   */
  readonly isCancelled: boolean;
  /** Calls back once when that happens, or at once when it already has. It must not throw. */
  onCancel(callback: () => void): void;
}

/** What a handler answers with: a source for a `get`, a sink for a `put`. */
export type Opened = Source | Sink;

/** What opens files for requests. */
export interface Handler {
  /**
   * Opens the file, at once or later.
   *
   * A refusal is a local `TftpError`, thrown or the reason of a rejection: its code and message go
   * to the client, its `cause` to the log. Any other error becomes ERROR 0 without details, or the
   * code of a `LocalFileError`, and is the cause.
   *
   * The server waits for an answer for at most `OPENING_LIMIT_MS` and then cancels the request. It
   * closes each source, and commits or abandons each sink, that it was given.
   */
  open(request: FileRequest): Opened | PromiseLike<Opened>;
  /** A name that a client may have meant by one that is missing, for the operator's eyes. */
  probableName?(name: string, naming: Naming): string | undefined;
}

/** Whether an answer of a handler is a source; else it is a sink. */
export function isSource(opened: Opened): opened is Source {
  return "read" in opened;
}

/** Gives back what nobody wants any more. Throws what the source or sink throws. */
export function discard(opened: Opened): void {
  if (isSource(opened)) opened.close();
  else opened.abandon();
}

/**
 * Handlers that are asked one after the other: one that refuses with "File not found" passes the
 * request on to the next. Any other answer is the answer, so a file that may not be read in the
 * first place is not looked for in the second.
 */
export class HandlerChain implements Handler {
  readonly #handlers: readonly Handler[];

  /** The first is asked first; there must be one. */
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

/** Whether an error says that there is no file of the name. */
export function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === ErrorCode.FileNotFound;
}
