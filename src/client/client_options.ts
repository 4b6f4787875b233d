/** What a transfer is asked to be, and what it reports. */

import type { Agreement, Mode } from "../protocol/mod.ts";

/** Whom to ask, and how. */
export interface ClientOptions {
  /** A name or an address. */
  readonly host: string;
  /** Where requests go. @default {69} */
  readonly port?: number;
  /** Take only an IPv4 or an IPv6 address of the host. */
  readonly family?: 4 | 6;
  /** How the file is moved. @default {"octet"} */
  readonly mode?: Mode;
  /** Bytes in a block to ask for, 8–65464. @default {1428} */
  readonly blksize?: number;
  /** Blocks in a window to ask for, 1–65535. @default {32} */
  readonly windowsize?: number;
  /** The first wait for an answer; each repeat waits twice as long. @default {1000} */
  readonly timeoutMs?: number;
  /**
   * Whether to ask for `timeoutMs`, in whole seconds, as the server's wait too. @default {false}
   */
  readonly timeoutOption?: boolean;
  /** Repeats before the server counts as gone. @default {5} */
  readonly retries?: number;
  /** Ask for no options: plain RFC 1350. @default {false} */
  readonly plain?: boolean;
  /** Stops the transfer and tells the server so. */
  readonly signal?: AbortSignal;
  /** Called now and then with the bytes so far, and the size where it is known. */
  onProgress?(bytes: number, size: number | undefined): void;
}

/** What a finished transfer reports. */
export interface Summary {
  /** Whether the file was fetched or sent. */
  readonly direction: "get" | "put";
  /** The name on the server. */
  readonly filename: string;
  /** The server's address and TID. */
  readonly peer: string;
  /** Bytes of the file that were moved. */
  readonly bytes: number;
  /** From the first request to the end, in milliseconds. */
  readonly elapsedMs: number;
  /** The options that held. */
  readonly agreement: Agreement;
  /** Packets that were sent again. */
  readonly retransmits: number;
  /** Whether the server took the request only without options. */
  readonly fellBack: boolean;
  /** What is odd about a transfer that is whole. */
  readonly note?: string;
  /** Settles when the last ACK need not be repeated any more and the socket is closed. */
  readonly dallied: Promise<void>;
}
