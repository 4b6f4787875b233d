/**
 * The six packets as values (RFC 1350 §5, RFC 2347), in types alone.
 *
 *      2 bytes  string   1   string  1   string  1  string  1
 *     | 1 or 2 | filename | 0 | mode | 0 | option | 0 | value | 0 | …   RRQ, WRQ
 *     | 3      | block (2 bytes) | 0 to blksize bytes |                 DATA
 *     | 4      | block (2 bytes) |                                      ACK
 *     | 5      | code (2 bytes)  | message | 0 |                        ERROR
 *     | 6      | option | 0 | value | 0 | …                             OACK
 */

import type { Opcode } from "./packet.ts";

/**
 * An option as it stands in a request or an OACK: spelling and order are kept (RFC 2347).
 *
 * ```ts
 * import type { Option } from "@tftp/tftp";
 *
 * // The value of an option: names are compared without regard to case.
 * const valueOf = (options: readonly Option[], wanted: string) =>
 *   options.find(({ name }) => name.toLowerCase() === wanted)?.value;
 * const value = valueOf([{ name: "BlkSize", value: "1428" }], "blksize");
 * if (value !== "1428") throw new Error(`${value}`);
 * ```
 */
export interface Option {
  /** As it was spelt. */
  readonly name: string;
  /** As it was spelt; most are decimal numbers. */
  readonly value: string;
}

/**
 * A request to read (RRQ) or to write (WRQ).
 *
 * ```ts
 * import { describePacket, Opcode, type RequestPacket } from "@tftp/tftp/protocol";
 *
 * const options = [{ name: "tsize", value: "0" }];
 * const rrq: RequestPacket = { opcode: Opcode.RRQ, filename: "motd", mode: "octet", options };
 * if (describePacket(rrq) !== 'RRQ "motd" octet tsize=0') throw new Error(describePacket(rrq));
 * ```
 */
export interface RequestPacket {
  /** Which of the two. */
  readonly opcode: typeof Opcode.RRQ | typeof Opcode.WRQ;
  /** The name of the file; bytes that are no UTF-8 are escaped. */
  readonly filename: string;
  /** As spelt by the client; compare without regard to case. */
  readonly mode: string;
  /** In the order in which they were sent. */
  readonly options: readonly Option[];
}

/**
 * A block of the file.
 *
 * ```ts
 * import { type DataPacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const isLast = ({ payload }: DataPacket, blksize: number) => payload.length < blksize;
 * const data: DataPacket = { opcode: Opcode.DATA, block: 3, payload: new Uint8Array(0) };
 * if (!isLast(data, 512)) throw new Error("an empty block ends a file");
 * ```
 */
export interface DataPacket {
  /** What it is. */
  readonly opcode: typeof Opcode.DATA;
  /** 16-bit wire number. */
  readonly block: number;
  /** A view of the received bytes, valid until the next datagram is received. */
  readonly payload: Uint8Array;
}

/**
 * An acknowledgement.
 *
 * ```ts
 * import { type AckPacket, encodePacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const ack: AckPacket = { opcode: Opcode.ACK, block: 258 };
 * if (encodePacket(ack).join() !== "0,4,1,2") throw new Error(encodePacket(ack).join());
 * ```
 */
export interface AckPacket {
  /** What it is. */
  readonly opcode: typeof Opcode.ACK;
  /** 16-bit wire number. */
  readonly block: number;
}

/**
 * The end of a transfer that fails.
 *
 * ```ts
 * import { ErrorCode, type ErrorPacket, errorSentence, Opcode } from "@tftp/tftp/protocol";
 *
 * const refusal = (code: number): ErrorPacket => ({
 *   opcode: Opcode.ERROR,
 *   ...{ code, message: errorSentence(code) },
 * });
 * const { message } = refusal(ErrorCode.FileExists);
 * if (message !== "File already exists") throw new Error(message);
 * ```
 */
export interface ErrorPacket {
  /** What it is. */
  readonly opcode: typeof Opcode.ERROR;
  /** Why, as a number (RFC 1350 appendix, RFC 2347). */
  readonly code: number;
  /** What the peer says, as it says it: at most 512 bytes; clean it before it is shown. */
  readonly message: string;
}

/**
 * A server's answer to options (RFC 2347).
 *
 * ```ts
 * import { describePacket, type OackPacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const oack: OackPacket = { opcode: Opcode.OACK, options: [{ name: "blksize", value: "1024" }] };
 * if (describePacket(oack) !== "OACK blksize=1024") throw new Error(describePacket(oack));
 * ```
 */
export interface OackPacket {
  /** What it is. */
  readonly opcode: typeof Opcode.OACK;
  /** Those that are granted, in the order and spelling of the request. */
  readonly options: readonly Option[];
}

/**
 * Any packet of TFTP.
 *
 * ```ts
 * import { decodePacket, encodePacket, Opcode, type Packet } from "@tftp/tftp/protocol";
 *
 * const ack: Packet = { opcode: Opcode.ACK, block: 7 };
 * const back: Packet = decodePacket(encodePacket(ack));
 * if (back.opcode !== Opcode.ACK || back.block !== 7) throw new Error("it is the same");
 * ```
 */
export type Packet = RequestPacket | DataPacket | AckPacket | ErrorPacket | OackPacket;
