/** What a server tells of itself: one record for everything worth a line. */

import type { Agreement } from "../protocol/mod.ts";

/**
 * How a transfer ended: whole; called off by a client that asked for the size only; begun again by
 * its client; or failed.
 */
export type TransferResult = "done" | "probe" | "retired" | "failed";

/** A transfer that has ended, whole or not. */
export interface TransferRecord {
  /** Which of its server's transfers it was, where these are watched. */
  readonly id?: number;
  /** How it ended. */
  readonly result: TransferResult;
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client fetched or sent. */
  readonly direction: "get" | "put";
  /** As the client sent it; may hold anything. */
  readonly filename: string;
  /** As the client named it, in lower case. */
  readonly mode: string;
  /** Bytes of the file that were moved. */
  readonly bytes: number;
  /** From the request to the end, in milliseconds. */
  readonly elapsedMs: number;
  /** The options that held. */
  readonly agreement: Agreement;
  /** Packets that were sent again. */
  readonly retransmits: number;
  /** From the first answer to what came back for it; absent when that can't be told. */
  readonly rttMs?: number;
  /** The name that was looked up, where a map file has made another of it. */
  readonly rewritten?: string;
  /** Why it failed; absent when it is whole. */
  readonly error?: Error;
  /** What is odd about it. */
  readonly note?: string;
}

/** A request that became no transfer. */
export interface RefusalRecord {
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client would fetch or send. */
  readonly direction: "get" | "put";
  /** As the client sent it; may hold anything. */
  readonly filename: string;
  /** As the client named it, in lower case. */
  readonly mode: string;
  /** The error code that the client was told. */
  readonly code: number;
  /** What the client was told. */
  readonly message: string;
  /** What only the operator should know. */
  readonly cause?: string;
  /** A name that is there, and may have been meant. */
  readonly hint?: string;
}

/** One thing worth a line. */
export type LogRecord =
  | ({ readonly kind: "transfer" } & TransferRecord)
  | ({ readonly kind: "refused" } & RefusalRecord)
  /** A datagram that belongs nowhere; worth a look only when something is wrong. */
  | {
    readonly kind: "dropped";
    readonly client: string;
    readonly reason: string;
    /** Whether its bytes are no TFTP packet. */
    readonly malformed?: true;
  }
  /** Something that the operator has done, or should know. */
  | { readonly kind: "notice"; readonly message: string }
  /** Something failed on this side. */
  | { readonly kind: "trouble"; readonly message: string };

/** An error in one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
