/** Handlers as a program writes them: functions from a request to anything that can be a file. */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { refusalOf } from "../engine/errors.ts";
import { type FileRequest, type Handler, HandlerChain, type Opened } from "../engine/handler.ts";
import { isLater } from "../engine/later.ts";
import { toTftpError } from "../files/refusal.ts";
import { ServedRoot } from "../files/served_root.ts";
import { type FileContent, refusalOfStatus, sourceOf } from "./content.ts";
import { WritableSink } from "./stream_sinks.ts";

/**
 * A request of a client, with a signal that aborts when the client no longer waits.
 *
 * ```ts
 * import type { ServeRequest } from "@tftp/tftp";
 *
 * // Each client may have what lies in the folder of its address.
 * const isOwn = ({ name, client }: Pick<ServeRequest, "name" | "client">) =>
 *   name.startsWith(`${client.hostname}/`);
 * const client = { hostname: "10.0.0.7", port: 2070 };
 * if (!isOwn({ name: "10.0.0.7/config", client })) throw new Error("this is its own");
 * if (isOwn({ name: "10.0.0.8/config", client })) throw new Error("this is another's");
 * ```
 */
export interface ServeRequest extends FileRequest {
  /**
   * Aborted when the client gives up, is gone or requests something else, or the server ends:
   * before the file is open, or while it is sent. Pass it to `fetch` and the like.
   */
  readonly signal: AbortSignal;
}

/**
 * What a handler returns: for a `get` what the file consists of, for a `put` where to write it, a
 * stream or a {@linkcode Sink}. A `TftpError` refuses (see {@linkcode refusal}), and so do `null`
 * and `undefined`, with "File not found".
 *
 * ```ts
 * import { ErrorCode, refusal, type ServeAnswer } from "@tftp/tftp";
 *
 * const answerTo = (name: string): ServeAnswer => {
 *   if (name === "motd") return "welcome\n";
 *   return name.startsWith("secret/") ? refusal(ErrorCode.AccessViolation) : null;
 * };
 * if (answerTo("nothing") !== null) throw new Error("null means: file not found");
 * ```
 */
export type ServeAnswer =
  | FileContent
  | WritableStream<Uint8Array>
  | Sink
  | TftpError
  | null
  | undefined;

/**
 * Opens files for requests, at once or later. An error refuses the request: a `TftpError` with its
 * own code and message, a file that is missing or not permitted here with the code for that,
 * anything else with ERROR 0. The log has the reason.
 *
 * ```ts
 * import { get, serve, type ServeHandler } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const counts = new Map<string, number>();
 * const handler: ServeHandler = ({ name }) => {
 *   counts.set(name, (counts.get(name) ?? 0) + 1);
 *   return `asked for ${counts.get(name)} times`;
 * };
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler });
 * const { body } = await get("motd", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * if (await new Response(body).text() !== "asked for 1 times") throw new Error("once");
 * ```
 */
export type ServeHandler = (request: ServeRequest) => ServeAnswer | PromiseLike<ServeAnswer>;

/**
 * The refusal of a request, which a handler returns or throws: an ERROR code (see
 * {@linkcode ErrorCode}) and the message for the client. Without a message, the client gets the
 * sentence of the code.
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
 * The handler of a folder: reads files from it and, where uploads are on, writes files to it, by
 * the rules of the server's policy. It never opens or names anything outside of the folder. Throws
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
 * Handlers in order: one that answers "File not found" passes the request on to the next; any other
 * answer is final. There must be at least one.
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

/** The server's handler for what a program has passed. */
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

/** The request with a signal, which is made when it is first used. */
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

/** A system error has a code of its own; details of other errors stay on this machine. */
function refusalFor(error: unknown): TftpError {
  if (error instanceof TftpError) return refusalOf(error);
  const refused = toTftpError(error);
  return refused.code === ErrorCode.NotDefined ? refusalOf(error) : refused;
}
