/**
 * The two ends of a transfer besides the network: the source of its blocks, and the sink for them.
 * An operation that is done at once returns no promise; one that must wait returns one.
 */

import type { MappedBytes } from "../protocol/mod.ts";

/**
 * Where the blocks of a sender come from.
 *
 * ```ts
 * import { get, serve, type Source } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * // So many zeros, which are nowhere kept.
 * const zeros = (size: number): Source => {
 *   let left = size;
 *   const read = (into: Uint8Array) => {
 *     const count = Math.min(left, into.length);
 *     into.fill(0, 0, count);
 *     left -= count;
 *     return count;
 *   };
 *   return { size, read, close: () => {} };
 * };
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => zeros(2000) });
 * const { body } = await get("zeros", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * if ((await new Response(body).bytes()).length !== 2000) throw new Error("another size");
 * ```
 */
export interface Source {
  /** Size in bytes, where it is known. */
  readonly size: number | undefined;
  /** All of its bytes, where they are in memory and do not change: then no read is needed. */
  readonly content?: Uint8Array | undefined;
  /**
   * Where the system has mapped all of its bytes; undefined where it can't. Called at most once,
   * before the first block is sent. From then on nothing is read, and {@linkcode Source.sending} is
   * called.
   */
  mapped?(): MappedBytes | undefined;
  /**
   * Mapped bytes from `from` up to `to` are about to be sent. Throws where they can no longer be
   * read.
   */
  sending?(from: number, to: number): void;
  /**
   * Whether a read may take a while, as from a network. Then nothing is read ahead. @default
   * {false}
   */
  readonly slow?: boolean;
  /**
   * Identifies this content among all versions that a file of this name had or will have; absent
   * where that is not known.
   */
  readonly version?: string | undefined;
  /** Fills the buffer and returns how many bytes; fewer than fit mean the end of the source. */
  read(into: Uint8Array): number | PromiseLike<number>;
  /** Closes the source; may be called again. */
  close(): void;
}

/** A source whose size is known, as that of a regular file is. */
export interface SizedSource extends Source {
  readonly size: number;
}

/**
 * Where the blocks of a receiver go.
 *
 * ```ts
 * import { get, serve, type Sink } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * let bytes = 0;
 * const counted: Sink = {
 *   write: (piece) => void (bytes += piece.length),
 *   commit: () => console.log(`${bytes} bytes`),
 *   abandon: () => console.log("given up"),
 * };
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "welcome\n" });
 * const network = lan.machine("10.0.0.2");
 * await (await get("motd", counted, { host: "10.0.0.1", network })).dallied;
 * if (bytes !== 8) throw new Error(`${bytes} bytes`);
 * ```
 */
export interface Sink {
  /** Appends all the bytes. They stay valid until it returns or its promise settles. */
  write(bytes: Uint8Array): void | PromiseLike<void>;
  /** The file is complete: stores it under its name. */
  commit(): void | PromiseLike<void>;
  /** Removes what was written; does nothing after {@linkcode Sink.commit}. */
  abandon(): void;
}

/** Abandons the sink of a failed transfer. If that fails too, the error says so. */
export function abandonAfter(error: Error, sink: Sink): Error {
  try {
    sink.abandon();
  } catch (left) {
    error.message += ` (and ${(left as Error).message})`;
  }
  return error;
}

/** Closes the source of a transfer that is over. If that fails, the transfer ends all the same. */
export function closeTelling(
  source: Source,
  owner: { internalError(error: unknown): void },
): void {
  try {
    source.close();
  } catch (error) {
    owner.internalError(error);
  }
}
