/**
 * The bytes of packets, and back (RFC 1350 §5, RFC 2347).
 *
 * A value that exists can be encoded. Bytes without a value make {@linkcode decodePacket} throw
 * {@linkcode PacketError} and nothing else. To a peer that waits for an answer, a refused packet is
 * silence. So a packet with a flaw is accepted if its meaning is clear:
 *
 *     ERROR  the text ends at its NUL, or where the datagram ends; it may be missing
 *     ACK    bytes after the block number are padding
 *     OACK   the last value may lack its NUL; NULs and one stray byte after it are padding
 *
 * Refused, with the reason:
 *
 *     below 4 bytes  no packet is that short, and it is unknown what was cut off
 *     RRQ, WRQ       without its NUL: a name that may have been cut must not open or create a
 *                    file; the sender gets ERROR 4
 *     OACK           without an option or a value: what was granted is not known, and a plain
 *                    request, which follows silence, is safer than a wrong blksize; or longer than
 *                    any request
 *     other opcodes  have no meaning
 *
 * Padding after the payload of a DATA packet looks like a part of the file. It makes a block longer
 * than blksize, which ends the transfer with an ERROR, or a wrong file, which a SHA-256 shows.
 */

import { PacketError } from "./error_code.ts";
import type { Option, Packet } from "./packet_types.ts";
import { decodeMessage, decodeText, encodeStrings, splitStrings } from "./text.ts";

export { MAX_ERROR_TEXT_BYTES } from "./text.ts";
export type * from "./packet_types.ts";

/**
 * The opcodes as they stand on the wire (RFC 1350 §5, RFC 2347).
 *
 * ```ts
 * import { Opcode } from "@tftp/tftp/protocol";
 *
 * const bytes = new Uint8Array([0, 4, 0, 7]);
 * if (bytes[1] !== Opcode.ACK) throw new Error("4 is ACK");
 * ```
 */
export const Opcode = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;

/**
 * Bytes before the payload of a DATA packet: opcode and block number.
 *
 * ```ts
 * import { DATA_HEADER_BYTES, encodePacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const payload = new Uint8Array(512);
 * const { length } = encodePacket({ opcode: Opcode.DATA, block: 1, payload });
 * if (length !== DATA_HEADER_BYTES + 512) throw new Error(`${length} bytes`);
 * ```
 */
export const DATA_HEADER_BYTES = 4;

/**
 * Our requests stay within this many bytes (RFC 2347: a request is at most 512 octets).
 *
 * ```ts
 * import { encodePacket, MAX_SENT_REQUEST_BYTES, Opcode } from "@tftp/tftp/protocol";
 *
 * const fits = (filename: string) => {
 *   const packet = { opcode: Opcode.RRQ, filename, mode: "octet", options: [] };
 *   return encodePacket(packet).length <= MAX_SENT_REQUEST_BYTES;
 * };
 * if (!fits("kernel") || fits("x".repeat(600))) throw new Error("512 bytes");
 * ```
 */
export const MAX_SENT_REQUEST_BYTES = 512;
/**
 * Longer requests and OACKs are refused; real ones are far below (RFC 2347 says 512).
 *
 * ```ts
 * import { encodePacket, MAX_REQUEST_BYTES, Opcode, packetIn } from "@tftp/tftp/protocol";
 *
 * const filename = "x".repeat(MAX_REQUEST_BYTES);
 * const bytes = encodePacket({ opcode: Opcode.RRQ, filename, mode: "octet", options: [] });
 * if (packetIn(bytes) !== undefined) throw new Error("it is too long");
 * ```
 */
export const MAX_REQUEST_BYTES = 4096;
/**
 * Decodes a datagram. A DATA payload is a view of `bytes`. Throws {@linkcode PacketError}.
 *
 * ```ts
 * import { decodePacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const packet = decodePacket(new Uint8Array([0, 3, 0, 1, 65, 66]));
 * if (packet.opcode !== Opcode.DATA) throw new Error("it is DATA");
 * const text = new TextDecoder().decode(packet.payload);
 * if (text !== "AB") throw new Error(text);
 * ```
 */
export function decodePacket(bytes: Uint8Array): Packet {
  if (bytes.length < 4) {
    throw new PacketError(
      `Packet of ${bytes.length} bytes is too short`,
      bytes.length < 2 ? undefined : bytes[0]! << 8 | bytes[1]!,
    );
  }
  const opcode = bytes[0]! << 8 | bytes[1]!;
  const number = bytes[2]! << 8 | bytes[3]!;
  switch (opcode) {
    case Opcode.DATA:
      return { opcode, block: number, payload: bytes.subarray(DATA_HEADER_BYTES) };
    case Opcode.ACK:
      return { opcode, block: number };
    case Opcode.RRQ:
    case Opcode.WRQ:
      return decodeRequest(opcode, bytes);
    case Opcode.ERROR:
      return { opcode, code: number, message: decodeMessage(bytes) };
    case Opcode.OACK:
      return decodeOack(bytes);
    default:
      throw new PacketError(`Unknown opcode ${opcode}`, opcode);
  }
}

/**
 * The packet in a datagram, decoded as by {@linkcode decodePacket}; undefined for none.
 *
 * ```ts
 * import { packetIn } from "@tftp/tftp/protocol";
 *
 * const noise = packetIn(new Uint8Array([1, 2, 3]));
 * if (noise !== undefined) throw new Error("that is no packet");
 * ```
 */
export function packetIn(bytes: Uint8Array): Packet | undefined {
  try {
    return decodePacket(bytes);
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/**
 * The bytes of a packet, freshly allocated.
 *
 * ```ts
 * import { encodePacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const bytes = encodePacket({ opcode: Opcode.ERROR, code: 1, message: "no" });
 * if (bytes.join() !== "0,5,0,1,110,111,0") throw new Error(bytes.join());
 * ```
 */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.opcode) {
    case Opcode.DATA: {
      const bytes = new Uint8Array(DATA_HEADER_BYTES + packet.payload.length);
      stampHeader(bytes, 0, Opcode.DATA, packet.block);
      bytes.set(packet.payload, DATA_HEADER_BYTES);
      return bytes;
    }
    case Opcode.ACK: {
      const bytes = new Uint8Array(4);
      stampHeader(bytes, 0, Opcode.ACK, packet.block);
      return bytes;
    }
    case Opcode.ERROR: {
      const bytes = encodeStrings([packet.message], 4);
      stampHeader(bytes, 0, Opcode.ERROR, packet.code);
      return bytes;
    }
    case Opcode.OACK: {
      const bytes = encodeStrings(withOptions([], packet.options), 2);
      bytes[1] = Opcode.OACK;
      return bytes;
    }
    default: {
      const bytes = encodeStrings(withOptions([packet.filename, packet.mode], packet.options), 2);
      bytes[1] = packet.opcode;
      return bytes;
    }
  }
}

/**
 * Writes opcode and a 16-bit number at an offset: the head of DATA, ACK and ERROR.
 *
 * ```ts
 * import { Opcode, stampHeader } from "@tftp/tftp/protocol";
 *
 * // In front of a payload that lies in its place already.
 * const bytes = new Uint8Array([0, 0, 0, 0, 65]);
 * stampHeader(bytes, 0, Opcode.DATA, 7);
 * if (bytes.join() !== "0,3,0,7,65") throw new Error(bytes.join());
 * ```
 */
export function stampHeader(bytes: Uint8Array, at: number, opcode: number, number: number): void {
  bytes[at] = 0;
  bytes[at + 1] = opcode;
  bytes[at + 2] = number >> 8;
  bytes[at + 3] = number & 0xff;
}

/**
 * A short description for traces and messages, such as `ACK 7` or `DATA 1 (512 bytes)`.
 *
 * ```ts
 * import { describePacket, Opcode } from "@tftp/tftp/protocol";
 *
 * const text = describePacket({ opcode: Opcode.ACK, block: 7 });
 * if (text !== "ACK 7") throw new Error(text);
 * ```
 */
export function describePacket(packet: Packet): string {
  switch (packet.opcode) {
    case Opcode.DATA:
      return `DATA ${packet.block} (${packet.payload.length} bytes)`;
    case Opcode.ACK:
      return `ACK ${packet.block}`;
    case Opcode.ERROR:
      return `ERROR ${packet.code} "${packet.message}"`;
    case Opcode.OACK:
      return `OACK${describeOptions(packet.options)}`;
    default: {
      const kind = packet.opcode === Opcode.RRQ ? "RRQ" : "WRQ";
      return `${kind} "${packet.filename}" ${packet.mode}${describeOptions(packet.options)}`;
    }
  }
}

function describeOptions(options: readonly Option[]): string {
  return options.map((option) => ` ${option.name}=${option.value}`).join("");
}

function decodeRequest(opcode: typeof Opcode.RRQ | typeof Opcode.WRQ, bytes: Uint8Array): Packet {
  if (bytes.length > MAX_REQUEST_BYTES) {
    throw new PacketError(`Request of ${bytes.length} bytes is too long`, opcode);
  }
  if (bytes.at(-1) !== 0) throw new PacketError("String does not end in NUL", opcode);
  const text = decodeText(bytes.subarray(2));
  const end = text.indexOf("\0");
  const filename = text.slice(0, end);
  if (filename === "") throw new PacketError("Request without a filename", opcode);
  const rest = text.slice(end + 1);
  // Machines of a kind ask alike, so that the last request has often been read in the same way.
  if (rest !== lastRest.text) lastRest = readRest(rest, opcode);
  const { mode, options } = lastRest;
  return { opcode, filename, mode, options };
}

/** What follows the name in a request. */
interface RequestRest {
  readonly text: string;
  readonly mode: string;
  readonly options: readonly Option[];
}

let lastRest: RequestRest = { text: "octet\0", mode: "octet", options: [] };

function readRest(text: string, opcode: number): RequestRest {
  const [mode, ...strings] = splitStrings(text);
  if (!mode) throw new PacketError("Request without a mode", opcode);
  // An option name without a value is no option; every known server ignores it.
  if (strings.length % 2 === 1) strings.pop();
  return { text, mode, options: pairUp(strings, opcode) };
}

function decodeOack(bytes: Uint8Array): Packet {
  // It repeats options of a request, so it is no longer than one (RFC 2347).
  if (bytes.length > MAX_REQUEST_BYTES) {
    throw new PacketError(`OACK of ${bytes.length} bytes is too long`, Opcode.OACK);
  }
  const strings = splitStrings(decodeText(bytes.subarray(2)));
  if (strings.length % 2 === 1 && strings.at(-1)!.length <= 1) strings.pop();
  const options = pairUp(strings, Opcode.OACK);
  if (options.length === 0) throw new PacketError("OACK without an option", Opcode.OACK);
  return { opcode: Opcode.OACK, options };
}

function pairUp(strings: string[], opcode: number): Option[] {
  // Some peers pad with NULs, which look like empty strings after the last value.
  if (strings.length % 2 === 1 && strings.at(-1) === "") strings.pop();
  if (strings.length % 2 === 1) throw new PacketError("Option without a value", opcode);
  const options: Option[] = [];
  for (let i = 0; i < strings.length; i += 2) {
    if (strings[i] !== "") options.push({ name: strings[i]!, value: strings[i + 1]! });
  }
  return options;
}

function withOptions(strings: string[], options: readonly Option[]): string[] {
  for (const { name, value } of options) strings.push(name, value);
  return strings;
}
