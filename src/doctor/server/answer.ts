/** Parses a server's first datagram, flaws included. Pure. */

import { Opcode, packetIn } from "../../protocol/mod.ts";
import type { Answer } from "./question.ts";

/** The kind of datagram; `garbage` for anything but an answer to a request. */
export function answerIn(bytes: Uint8Array): Answer {
  const packet = packetIn(bytes);
  switch (packet?.opcode) {
    case Opcode.OACK:
      return { kind: "OACK", options: packet.options, padding: paddingOf(bytes, packet.options) };
    case Opcode.DATA:
      return { kind: "DATA" };
    case Opcode.ACK:
      return { kind: "ACK" };
    case Opcode.ERROR:
      return {
        kind: "ERROR",
        code: packet.code,
        text: packet.message,
        ended: bytes.length > 4 && bytes.at(-1) === 0,
      };
    default:
      return { kind: "garbage", bytes: bytes.length };
  }
}

/**
 * Bytes of an OACK after its last value: some clients refuse such (RFC 2347 does not allow them).
 */
function paddingOf(
  bytes: Uint8Array,
  options: readonly { readonly name: string; readonly value: string }[],
): number {
  const text = new TextEncoder();
  const needed = options.reduce(
    (sum, { name, value }) => sum + text.encode(name).length + text.encode(value).length + 2,
    2,
  );
  return Math.max(0, bytes.length - needed);
}

/** The value of an option in an OACK, in any case of letters; undefined where it is missing. */
export function grantedIn(answer: Answer | undefined, name: string): string | undefined {
  if (answer?.kind !== "OACK") return undefined;
  return answer.options.find((option) => option.name.toLowerCase() === name.toLowerCase())?.value;
}
