/** Handlers as a program writes them: functions from a request to whatever can be a file. */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { refusalOf } from "../engine/errors.ts";
import { type FileRequest, type Handler, HandlerChain, type Opened } from "../engine/handler.ts";
import { isLater } from "../engine/later.ts";
import { toTftpError } from "../files/refusal.ts";
import { ServedRoot } from "../files/served_root.ts";
import { type FileContent, refusalOfStatus, sourceOf } from "./content.ts";
import { WritableSink } from "./stream_sinks.ts";

/** A request of a client, and a signal that tells when nobody waits for its answer any more. */
export interface ServeRequest extends FileRequest {
  /**
   * Aborted when the client has given up, is gone or has asked for something else, or the server
   * ends, be it before the file is open or while it is sent. Give it to `fetch` and the like.
   */
  readonly signal: AbortSignal;
}

/**
 * What a handler answers with: for a `get` what the file consists of, for a `put` where it goes to,
 * a stream or a {@linkcode Sink}. A `TftpError` refuses (see {@linkcode refusal}), and so do `null`
 * and `undefined`, with "File not found".
 */
export type ServeAnswer =
  | FileContent
  | WritableStream<Uint8Array>
  | Sink
  | TftpError
  | null
  | undefined;

/**
 * Opens files for requests, at once or later. What it throws refuses the request: a `TftpError`
 * with its own code and message, a missing file or permission of this machine with the code that
 * fits, anything else with ERROR 0. The reason is in the log.
 */
export type ServeHandler = (request: ServeRequest) => ServeAnswer | PromiseLike<ServeAnswer>;

/**
 * The refusal of a request, to be returned or thrown by a handler: an ERROR code (see
 * {@linkcode ErrorCode}) and what the client is told. Without a message it is told the sentence of
 * the code.
 *
 * ```ts
 * import { ErrorCode, refusal, type ServeHandler } from "@tftp/tftp";
 *
 * const handler: ServeHandler = ({ name }) =>
 *   name === "motd" ? "welcome\n" : refusal(ErrorCode.AccessViolation, "Only motd is here");
 * if (typeof handler !== "function") throw new Error("it is a function");
 * ```
 */
export function refusal(code: number, message?: string): TftpError {
  return new TftpError("local", code, message);
}

/**
 * The handler of a folder: files are read from it, and, where uploads are on, written to it, under
 * the rules of the server's policy. Nothing outside it is ever opened or named. Throws
 * `LocalFileError` when there is no such folder.
 *
 * ```ts
 * import { folder, serve } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * const files = folder(root);
 * await using server = serve({
 *   ...{ port: 0, addresses: ["127.0.0.1"] },
 *   // Every client has a file of its own; all others come from the folder.
 *   handler: (request) =>
 *     request.name === "whoami" ? request.client.hostname : files.open(request),
 * });
 * if (server.addresses.length !== 1) throw new Error("it listens at one address");
 * await Deno.remove(root);
 * ```
 */
export function folder(path: string): Handler {
  return new ServedRoot(path);
}

/**
 * Handlers that are asked one after the other: one that says "File not found" passes the request on
 * to the next, and any other answer is the answer. There must be one at least.
 *
 * ```ts
 * import { firstOf } from "@tftp/tftp";
 *
 * const handler = firstOf(
 *   ({ name }) => name === "motd" ? "welcome\n" : null,
 *   ({ name }) => `there is no ${name}\n`,
 * );
 * if (typeof handler.open !== "function") throw new Error("it is a handler");
 * ```
 */
export function firstOf(
  first: Handler | ServeHandler,
  ...others: readonly (Handler | ServeHandler)[]
): Handler {
  return new HandlerChain(toHandler(first), ...others.map(toHandler));
}

/** What the server asks, of what a program has given. */
export function toHandler(handler: Handler | ServeHandler): Handler {
  return typeof handler === "function" ? new FunctionHandler(handler) : handler;
}

class FunctionHandler implements Handler {
  readonly #handle: ServeHandler;

  constructor(handle: ServeHandler) {
    this.#handle = handle;
  }

  open(request: FileRequest): Opened | PromiseLike<Opened> {
    const { direction } = request;
    let answer: ServeAnswer | PromiseLike<ServeAnswer>;
    try {
      answer = this.#handle(signalled(request));
      if (!isLater(answer)) return openedBy(answer, direction);
    } catch (error) {
      throw refusalFor(error);
    }
    return answer.then((value) => openedBy(value, direction)).then(undefined, (error) => {
      throw refusalFor(error);
    });
  }
}

/** The request with a signal, which is made when it is wanted. */
function signalled(request: FileRequest): ServeRequest {
  const { direction, client, name, askedName, mode, options, announcedBytes } = request;
  const { naming, writing } = request;
  let controller: AbortController | undefined;
  return {
    ...{ direction, client, name, askedName, mode, options, announcedBytes, naming, writing },
    get isCancelled() {
      return request.isCancelled;
    },
    onCancel: (callback) => request.onCancel(callback),
    get signal() {
      if (!controller) {
        const made = controller = new AbortController();
        request.onCancel(() => made.abort());
      }
      return controller.signal;
    },
  };
}

function openedBy(answer: ServeAnswer, direction: "get" | "put"): Opened {
  if (answer === null || answer === undefined) throw refusal(ErrorCode.FileNotFound);
  if (answer instanceof TftpError) throw answer;
  if (direction === "put") return sinkOf(answer);
  return sourceOf(answer as FileContent);
}

function sinkOf(answer: Exclude<ServeAnswer, null | undefined | TftpError>): Sink {
  if (answer instanceof WritableStream) return new WritableSink(answer);
  if (typeof answer === "object" && "write" in answer && "commit" in answer) return answer;
  const refused = answer instanceof Response ? refusalOfStatus(answer) : undefined;
  throw refused ?? new TypeError("An upload goes into a WritableStream or a Sink");
}

/** An error of the system has a code that fits; what else goes wrong is nobody's business there. */
function refusalFor(error: unknown): TftpError {
  if (error instanceof TftpError) return refusalOf(error);
  const refused = toTftpError(error);
  return refused.code === ErrorCode.NotDefined ? refusalOf(error) : refused;
}
