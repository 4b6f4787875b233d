/** The records that a server logs. */

import type { Agreement } from "../protocol/mod.ts";

/**
 * How a transfer ended: complete; a size query, which the client ends with an ERROR; replaced by
 * another transfer of the same client; or failed.
 */
export type TransferResult = "done" | "probe" | "replaced" | "failed";

/** A transfer that has ended, complete or not. */
export interface TransferRecord {
  /** The number of the transfer, where the server is watched. */
  readonly id?: number;
  /** How it ended. */
  readonly result: TransferResult;
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client downloaded or uploaded. */
  readonly direction: "get" | "put";
  /** As the client sent it; may contain anything. */
  readonly filename: string;
  /** The transfer mode as the client sent it, in lower case. */
  readonly mode: string;
  /** Bytes of the file that were transferred. */
  readonly bytes: number;
  /** From the request to the end, in milliseconds. */
  readonly elapsedMs: number;
  /** The negotiated options. */
  readonly agreement: Agreement;
  /** Packets that were retransmitted. */
  readonly retransmits: number;
  /** Round trip of the first answer; absent where it is not known. */
  readonly rttMs?: number;
  /** The name that was looked up, where a map file has changed it. */
  readonly rewritten?: string;
  /** Why it failed; absent when it is complete. */
  readonly error?: Error;
  /** Anything unusual about it. */
  readonly note?: string;
}

/** A request that was refused. */
export interface RefusalRecord {
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client wanted to download or to upload. */
  readonly direction: "get" | "put";
  /** As the client sent it; may contain anything. */
  readonly filename: string;
  /** The transfer mode as the client sent it, in lower case. */
  readonly mode: string;
  /** The error code that was sent to the client. */
  readonly code: number;
  /** The message that was sent to the client. */
  readonly message: string;
  /** Details for the operator only. */
  readonly cause?: string;
  /** An existing name that may have been meant. */
  readonly hint?: string;
}

/** One log record. */
export type LogRecord =
  | ({ readonly kind: "transfer" } & TransferRecord)
  | ({ readonly kind: "refused" } & RefusalRecord)
  /** A datagram that belongs to no transfer; of interest only when something is wrong. */
  | {
    readonly kind: "dropped";
    readonly client: string;
    readonly reason: string;
    /** Whether it is not a TFTP packet. */
    readonly malformed?: true;
  }
  /** Something that the operator has done, or should know. */
  | { readonly kind: "notice"; readonly message: string }
  /** Something failed on this side. */
  | { readonly kind: "error"; readonly message: string };

/** An error in one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
