/** What is agreed on for a transfer, asked for, and may be granted. Types alone. */

import type { Rollover } from "./block_number.ts";
import type { Option } from "./packet_types.ts";

/**
 * How a file is to be moved: as it is, or as text with its line ends translated (RFC 1350 §1).
 *
 * ```ts
 * import { get, type Mode, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * // Lines end with CR LF on the wire, and with LF at both ends.
 * const mode: Mode = "netascii";
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "one\ntwo\n" });
 * const { body } = await get("list", { host: "10.0.0.1", network: lan.machine("10.0.0.2"), mode });
 * if (await new Response(body).text() !== "one\ntwo\n") throw new Error("the lines are the same");
 * ```
 */
export type Mode = "octet" | "netascii";

/**
 * The agreed values of a transfer.
 *
 * ```ts
 * import type { Agreement } from "@tftp/tftp";
 *
 * // DATA packets of a whole file: the last one is shorter than the others, and may be empty.
 * const blocksOf = ({ tsize = 0, blksize }: Agreement) => Math.floor(tsize / blksize) + 1;
 * const plain = { blksize: 512, windowsize: 1, rollover: 0, granted: [] } as const;
 * if (blocksOf({ ...plain, tsize: 1024 }) !== 3) throw new Error("two full ones and an empty one");
 * ```
 */
export interface Agreement {
  /** Bytes of data in a full block. */
  readonly blksize: number;
  /** Blocks sent before an ACK is waited for. */
  readonly windowsize: number;
  /** The agreed wait before a repeat; absent when none was agreed. */
  readonly timeoutMs?: number;
  /** Size of the file in bytes, when the other side has said it. */
  readonly tsize?: number;
  /** The block number that follows 65535. */
  readonly rollover: Rollover;
  /** What the OACK lists, in its order and spelling. */
  readonly granted: readonly Option[];
}

/**
 * What a client would like. What is left out is not offered.
 *
 * ```ts
 * import { offer, type RequestedOptions } from "@tftp/tftp/protocol";
 *
 * const wanted: RequestedOptions = { blksize: 1428, windowsize: 16, tsize: 0 };
 * const text = offer(wanted).map(({ name, value }) => `${name}=${value}`).join(" ");
 * if (text !== "blksize=1428 windowsize=16 tsize=0") throw new Error(text);
 * ```
 */
export interface RequestedOptions {
  /** Bytes in a block, 8–65464. */
  readonly blksize?: number;
  /** Blocks in a window, 1–65535. */
  readonly windowsize?: number;
  /** For an RRQ 0, for a WRQ the size in bytes (RFC 2349). */
  readonly tsize?: number;
  /** 1–255 (RFC 2349). */
  readonly timeoutSeconds?: number;
  /** The receive buffer that windows must fit into, where it is known. @default {212992} */
  readonly receiveBufferBytes?: number | undefined;
}

/**
 * What a server is ready to grant.
 *
 * ```ts
 * import { grant, type Limits, Opcode } from "@tftp/tftp/protocol";
 *
 * const limits: Limits = { maxBlksize: 1024, maxWindowsize: 8, grantTimeout: true, size: 9000 };
 * const options = [{ name: "blksize", value: "1428" }, { name: "tsize", value: "0" }];
 * const request = { opcode: Opcode.RRQ, filename: "kernel", mode: "octet", options };
 * const { blksize, tsize } = grant(request, limits);
 * if (blksize !== 1024 || tsize !== 9000) throw new Error(`${blksize} ${tsize}`);
 * ```
 */
export interface Limits {
  /** Bytes in a block at most. */
  readonly maxBlksize: number;
  /** Blocks in a window at most. */
  readonly maxWindowsize: number;
  /**
   * Whether an asked-for `timeout` is agreed to; leaving it out lets repeats follow the network.
   */
  readonly grantTimeout: boolean;
  /**
   * The part of a receive buffer that a window of DATA may fill, where several uploads share the
   * socket it belongs to. @default {1}
   */
  readonly windowShare?: number | undefined;
  /** The size of that buffer. @default {212992} */
  readonly receiveBufferBytes?: number | undefined;
  /** Size of the file an RRQ asks for, when it is known before the first block. */
  readonly size?: number | undefined;
}
