/** Whether bytes look like a binary file. Pure. */

/** A larger share of control characters means a binary file. */
const MAX_CONTROL_SHARE = 0.1;

/** Control characters that terminals and text editors understand: BEL to CR, and ESC. */
function isControl(byte: number): boolean {
  return byte < 7 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127;
}

/** Judges by the first bytes of a file: a zero byte, or many control characters. */
export function looksBinary(bytes: Uint8Array): boolean {
  let controls = 0;
  for (const byte of bytes) {
    if (byte === 0) return true;
    if (isControl(byte)) controls++;
  }
  return bytes.length > 0 && controls / bytes.length > MAX_CONTROL_SHARE;
}

/** The warning for such a file in netascii. */
export const BINARY_WARNING = "looks binary, and netascii changes its bytes: use -m octet";
