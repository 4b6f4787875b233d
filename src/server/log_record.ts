/** The records that a server logs. */

import type { Agreement } from "../protocol/mod.ts";

/**
 * How a transfer ended: complete; a size query, which the client ends with an ERROR; replaced by
 * another transfer of the same client; or failed.
 *
 * ```ts
 * import type { TransferResult } from "@tftp/tftp";
 *
 * // What is worth a look: a question for the size, or a request sent twice, is usual.
 * const isFailure = (result: TransferResult) => result === "failed";
 * if (isFailure("probe") || !isFailure("failed")) throw new Error("only a failure is");
 * ```
 */
export type TransferResult = "done" | "probe" | "replaced" | "failed";

/**
 * A transfer that has ended, complete or not.
 *
 * ```ts
 * import { get, serve, type TransferRecord } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const seen: TransferRecord[] = [];
 * const lan = new MemoryLan();
 * const server = serve({
 *   ...{ network: lan.machine("10.0.0.1"), handler: () => "welcome\n" },
 *   log: (record) => void (record.kind === "transfer" && seen.push(record)),
 * });
 * const { body } = await get("motd", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * await new Response(body).text();
 * await server.shutdown();
 * if (seen[0]!.filename !== "motd" || seen[0]!.bytes !== 8) throw new Error("8 bytes of motd");
 * ```
 */
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

/**
 * A request that was refused.
 *
 * ```ts
 * import { ErrorCode, type RefusalRecord } from "@tftp/tftp";
 *
 * // Boot loaders look for many names: only a denied one is worth an alarm.
 * const isAlarming = ({ code }: RefusalRecord) => code === ErrorCode.AccessViolation;
 * const missing: RefusalRecord = {
 *   ...{ client: "10.0.0.7:2070", direction: "get", filename: "pxelinux.cfg/default" },
 *   ...{ mode: "octet", code: ErrorCode.FileNotFound, message: "File not found" },
 * };
 * if (isAlarming(missing)) throw new Error("a missing file is not");
 * ```
 */
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

/**
 * One log record.
 *
 * ```ts
 * import type { LogRecord } from "@tftp/tftp";
 *
 * const line = (record: LogRecord): string => {
 *   if (record.kind === "transfer") return `${record.client} ${record.filename} ${record.result}`;
 *   if (record.kind === "refused") return `${record.client} ${record.filename} ${record.message}`;
 *   return record.kind === "dropped" ? record.reason : record.message;
 * };
 * const said = line({ kind: "notice", message: "the policy was read again" });
 * if (said !== "the policy was read again") throw new Error(said);
 * ```
 */
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

/** The record of a transfer in a log. */
export type LoggedTransfer = Extract<LogRecord, { kind: "transfer" }>;

/** One that is being put together. */
export type DraftTransfer = { -readonly [Key in keyof LoggedTransfer]: LoggedTransfer[Key] };

/** An error in one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
