/** Small things about bytes that several ends need. */

import {
  decodePacket,
  encodePacket,
  ErrorCode,
  Opcode,
  type Packet,
  PacketError,
} from "../../src/protocol/mod.ts";

/** The packet in these bytes; undefined when there is none. Lets every other failure through. */
export function decode(bytes: Uint8Array): Packet | undefined {
  try {
    return decodePacket(bytes);
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/** What a stranger is told (RFC 1350 §4). */
export function unknownTid(): Uint8Array {
  const code = ErrorCode.UnknownTid;
  return encodePacket({ opcode: Opcode.ERROR, code, message: "Unknown transfer ID" });
}
