/**
 * Strings on the wire are bytes: RFC 1350 says netascii, real clients send UTF-8, Latin-1 and stray
 * 0xFF bytes. Text here keeps them all: valid UTF-8 becomes ordinary text, and every byte that is
 * not part of it becomes one lone surrogate U+DC80–U+DCFF, so that encoding gives the same bytes
 * back.
 */

const ESCAPE_BASE = 0xdc00;

/** Longer texts are decoded faster by the decoder. */
const MAX_SHORT = 128;

/** Code units that become text with one call. */
const MAX_UNITS = 4096;

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Decodes bytes as UTF-8, keeping each undecodable byte as a lone surrogate U+DC80–U+DCFF.
 *
 * ```ts
 * import { decodeText, encodeText } from "@tftp/tftp/protocol";
 *
 * // A name in Latin-1: its bytes are not lost.
 * const bytes = new Uint8Array([0xe9, 0x74, 0xe9]);
 * const back = encodeText(decodeText(bytes));
 * if (back.join() !== bytes.join()) throw new Error(back.join());
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  // Most names are short and ASCII, which needs no call out of JavaScript.
  if (bytes.length <= MAX_SHORT) {
    const text = asciiText(bytes);
    if (text !== undefined) return text;
  }
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

/**
 * Encodes text as UTF-8; lone surrogates made by {@linkcode decodeText} become their byte again.
 *
 * ```ts
 * import { encodeText } from "@tftp/tftp/protocol";
 *
 * const bytes = encodeText("é");
 * if (bytes.join() !== "195,169") throw new Error(bytes.join());
 * ```
 */
export function encodeText(text: string): Uint8Array {
  if (!hasEscapes(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (isEscape(code)) parts.push(code - ESCAPE_BASE);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

/** The text of bytes that are all ASCII; undefined if one is not. */
function asciiText(bytes: Uint8Array): string | undefined {
  // V8 makes text of an array twice as fast as of bytes.
  const codes = new Array<number>(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (code >= 0x80) return undefined;
    codes[at] = code;
  }
  return String.fromCharCode.apply(null, codes);
}

/**
 * Whether the text contains bytes that were no valid UTF-8.
 *
 * ```ts
 * import { decodeText, hasEscapes } from "@tftp/tftp/protocol";
 *
 * const names = [[0x61], [0xff]].map((bytes) => decodeText(Uint8Array.from(bytes)));
 * if (names.map(hasEscapes).join() !== "false,true") throw new Error("the second is no UTF-8");
 * ```
 */
export function hasEscapes(text: string): boolean {
  return /[\uDC80-\uDCFF]/.test(text) && !text.isWellFormed();
}

function isEscape(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

/**
 * Decodes by arithmetic: the decoder would throw once for each byte that is no text, and 65,500 of
 * them took a second.
 */
function decodeWithEscapes(bytes: Uint8Array): string {
  // No sequence has more code units than bytes.
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sequenceLength(bytes, at);
    let code = size === 0 ? ESCAPE_BASE + bytes[at]! : bytes[at]! & FIRST_BITS[size]!;
    for (let next = 1; next < size; next++) code = code << 6 | bytes[at + next]! & 0x3f;
    if (code > 0xffff) {
      units[length++] = 0xd7c0 + (code >> 10);
      code = 0xdc00 | code & 0x3ff;
    }
    units[length++] = code;
    at += Math.max(size, 1);
  }
  return textOf(units.subarray(0, length));
}

/** The bits of a character in the first byte of its sequence, by the length of the sequence. */
const FIRST_BITS = [0, 0x7f, 0x1f, 0x0f, 0x07];

/** The length of the valid UTF-8 sequence at an offset (RFC 3629 §4), 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (at + length > bytes.length) return 0;
  const second = bytes[at + 1]!;
  // No overlong sequence, no surrogate, nothing beyond U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let next = 2; next < length; next++) {
    if ((bytes[at + next]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Text of UTF-16 code units, in pieces, since a call takes a limited number of arguments. */
function textOf(units: Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += MAX_UNITS) {
    text += String.fromCharCode(...units.subarray(at, at + MAX_UNITS));
  }
  return text;
}

/**
 * The text of a peer's ERROR is read up to here, in bytes.
 *
 * ```ts
 * import { decodePacket, encodePacket, MAX_ERROR_TEXT_BYTES, Opcode } from "@tftp/tftp/protocol";
 *
 * const message = "x".repeat(9000);
 * const packet = decodePacket(encodePacket({ opcode: Opcode.ERROR, code: 0, message }));
 * if (packet.opcode !== Opcode.ERROR) throw new Error("it is an ERROR");
 * if (packet.message.length !== MAX_ERROR_TEXT_BYTES) throw new Error("no more is read");
 * ```
 */
export const MAX_ERROR_TEXT_BYTES = 512;

/** The text of an ERROR, behind its code. */
export function decodeMessage(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0, 4);
  let end = nul < 0 ? bytes.length : nul;
  if (end - 4 > MAX_ERROR_TEXT_BYTES) {
    end = 4 + MAX_ERROR_TEXT_BYTES;
    // Not in the middle of a character of UTF-8.
    for (let back = 0; back < 3 && (bytes[end]! & 0xc0) === 0x80; back++) end--;
  }
  return decodeText(bytes.subarray(4, end));
}

/** Strings that are each ended by a NUL, the last one perhaps by the datagram. */
export function splitStrings(text: string): string[] {
  const strings = text.split("\0");
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
