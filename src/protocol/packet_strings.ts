/** The strings of requests and OACKs, one behind the other, each ended by a NUL (RFC 1350 §5). */

import { decodeText, encodeText } from "./text.ts";

/** The strings after the opcode, each ended by a NUL, the last one perhaps by the datagram. */
export function splitStrings(bytes: Uint8Array): string[] {
  const strings = decodeText(bytes.subarray(2)).split("\0");
  // What is behind a NUL at the end is no string.
  if (strings.at(-1) === "") strings.pop();
  return strings;
}

/** Bytes that hold the strings, behind as many that are left free. */
export function encodeStrings(strings: string[], offset: number): Uint8Array {
  const length = strings.reduce((sum, text) => sum + text.length + 1, offset);
  const bytes = new Uint8Array(length);
  let at = offset;
  for (const text of strings) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return encodeAnyStrings(strings, offset);
      bytes[at++] = code;
    }
    at++;
  }
  return bytes;
}

/** The same for strings that are not all ASCII. */
function encodeAnyStrings(strings: string[], offset: number): Uint8Array {
  const parts = strings.map(encodeText);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 1, offset));
  let at = offset;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length + 1;
  }
  return bytes;
}
