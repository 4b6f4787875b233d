/**
 * Strings on the wire are bytes: RFC 1350 says netascii, real clients send UTF-8, Latin-1 and stray
 * 0xFF bytes. Text here keeps them all: valid UTF-8 becomes ordinary text, and every byte that is
 * not part of it becomes one lone surrogate U+DC80–U+DCFF, so that encoding gives the same bytes
 * back.
 */

const ESCAPE_BASE = 0xdc00;

/** Longer texts are decoded faster by the decoder. */
const MAX_SHORT = 128;

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes bytes as UTF-8, keeping each undecodable byte as a lone surrogate U+DC80–U+DCFF. */
export function decodeText(bytes: Uint8Array): string {
  // Most names are short and ASCII, which needs no call out of JavaScript.
  if (bytes.length <= MAX_SHORT && isAscii(bytes)) {
    return String.fromCharCode.apply(null, bytes as unknown as number[]);
  }
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

/**
 * Encodes text as UTF-8; lone surrogates made by {@linkcode decodeText} become their byte again.
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

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! >= 0x80) return false;
  return true;
}

/** Whether the text holds bytes that were no valid UTF-8. */
export function hasEscapes(text: string): boolean {
  return /[\uDC80-\uDCFF]/.test(text) && !text.isWellFormed();
}

function isEscape(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

function decodeWithEscapes(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) text += String.fromCharCode(ESCAPE_BASE + bytes[at]!);
    else text += strictDecoder.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** The length of the valid UTF-8 sequence at an offset, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}
