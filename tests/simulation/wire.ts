/** Small things about bytes that several ends need. */

import { encodePacket, ErrorCode, Opcode } from "../../src/protocol/mod.ts";

/** What a stranger is told (RFC 1350 §4). */
export function unknownTid(): Uint8Array {
  const code = ErrorCode.UnknownTid;
  return encodePacket({ opcode: Opcode.ERROR, code, message: "Unknown transfer ID" });
}
