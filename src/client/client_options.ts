/** The options of a client, and its report. */

import type { Agreement, Mode, Option } from "../protocol/mod.ts";
import type { Network } from "../engine/network.ts";
import type { ServerMemory } from "./server_memory.ts";

/**
 * Which server to ask, and how.
 *
 * ```ts
 * import { type ClientOptions, get, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "welcome\n" });
 * const options: ClientOptions = {
 *   ...{ host: "10.0.0.1", network: lan.machine("10.0.0.2") },
 *   ...{ blksize: 1024, windowsize: 8, timeoutMs: 500, retries: 3 },
 * };
 * const { agreement, body } = await get("motd", options);
 * if (agreement.blksize !== 1024) throw new Error(`${agreement.blksize} bytes in a block`);
 * await new Response(body).text();
 * ```
 */
export interface ClientOptions {
  /** A name or an address. */
  readonly host: string;
  /** Where requests go. @default {69} */
  readonly port?: number;
  /** Use only an IPv4 or an IPv6 address of the host. */
  readonly family?: 4 | 6;
  /** The local address to send from. @default {the one the system chooses} */
  readonly from?: string;
  /** The local ports to send from, first and last. @default {any free one} */
  readonly localPorts?: readonly [first: number, last: number];
  /** The transfer mode. @default {"octet"} */
  readonly mode?: Mode;
  /**
   * The blksize to ask for, 8–65464; "auto" starts with the largest and tries smaller ones while
   * blocks do not get through. @default {1428}
   */
  readonly blksize?: number | "auto";
  /** The windowsize to ask for, 1–65535. @default {32} */
  readonly windowsize?: number;
  /** The first wait for an answer; it doubles with each repeat. @default {1000} */
  readonly timeoutMs?: number;
  /**
   * Whether to ask for `timeoutMs`, in whole seconds, as the server's wait too. @default {false}
   */
  readonly timeoutOption?: boolean;
  /** Repeats before the server counts as gone. @default {5} */
  readonly retries?: number;
  /** Ask for no options: plain RFC 1350. @default {false} */
  readonly plain?: boolean;
  /** Keep asking for this long, several times a second, for a server that is yet to appear. */
  readonly waitMs?: number;
  /** A `get` fails when the file turns out to have more bytes. */
  readonly maxBytes?: number;
  /** What earlier transfers have learned of their servers; share it between transfers. */
  readonly memory?: ServerMemory;
  /** Stops the transfer and tells the server so. */
  readonly signal?: AbortSignal;
  /** Where its sockets come from. @default {those of Deno} */
  readonly network?: Network;
  /** Send and take datagrams by this network interface only; needs native sockets. */
  readonly interfaceName?: string;
  /** Called when the server has answered, with the agreed options; again after a new request. */
  onAnswer?(agreement: Agreement): void;
  /** Called now and then with the bytes so far, and the size where it is known. */
  onProgress?(bytes: number, size: number | undefined): void;
  /** Called for every request, with the reason for another one. */
  onStep?(step: Step): void;
}

/**
 * A step of the negotiation.
 *
 * ```ts
 * import type { Step } from "@tftp/tftp";
 *
 * // For `onStep` of the options of get() and put().
 * const inWords = (step: Step) =>
 *   step.kind === "ask"
 *     ? `asking ${step.peer}`
 *     : step.kind === "shrink"
 *     ? `trying ${step.blksize} bytes`
 *     : `without options, since ${step.reason.message}`;
 * const words = inWords({ kind: "shrink", blksize: 512 });
 * if (words !== "trying 512 bytes") throw new Error(words);
 * ```
 */
export type Step =
  /** A request is sent with these options; without any it is plain RFC 1350. */
  | { readonly kind: "ask"; readonly peer: string; readonly options: readonly Option[] }
  /** The server did not accept options: the next request has none. */
  | { readonly kind: "fall back"; readonly reason: Error }
  /** Blocks of this size did not get through: the next request asks for smaller ones. */
  | { readonly kind: "shrink"; readonly blksize: number };

/**
 * The report of a complete transfer.
 *
 * ```ts
 * import type { Summary } from "@tftp/tftp";
 *
 * const megabytesPerSecond = ({ bytes, elapsedMs }: Pick<Summary, "bytes" | "elapsedMs">) =>
 *   bytes / elapsedMs / 1000;
 * const rate = megabytesPerSecond({ bytes: 5_000_000, elapsedMs: 250 });
 * if (rate !== 20) throw new Error(`${rate} MB/s`);
 * ```
 */
export interface Summary {
  /** Whether the file was fetched or sent. */
  readonly direction: "get" | "put";
  /** The name on the server. */
  readonly filename: string;
  /** The server's address and TID. */
  readonly peer: string;
  /** Bytes of the file that were transferred. */
  readonly bytes: number;
  /** From the first request to the end, in milliseconds. */
  readonly elapsedMs: number;
  /** The options of the request that was answered. */
  readonly asked: readonly Option[];
  /** The negotiated options. */
  readonly agreement: Agreement;
  /** Packets that were retransmitted. */
  readonly retransmits: number;
  /** DATA packets that were received twice; 0 for what is sent. */
  readonly duplicates: number;
  /** Gaps of one or more blocks that were reported to the server; 0 for what is sent. */
  readonly gaps: number;
  /** Whether the server accepted the request only without options. */
  readonly fellBack: boolean;
  /** Anything unusual about a complete transfer. */
  readonly note?: string;
  /**
   * Settles when the last ACK need not be repeated any more, and the local port is free again if
   * `localPorts` asked for one.
   */
  readonly dallied: Promise<void>;
}
