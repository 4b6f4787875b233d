/**
 * Splits a list of files into numbered lines. The list is UTF-8 or UTF-16 (as PowerShell writes
 * it), with lines that end in LF, CRLF or NUL (`sha256sum -z`); of a clear-signed list, only the
 * signed lines count. Pure.
 */

import { UsageError } from "../args/usage_error.ts";

/** A line of a list, and its name in messages. */
export interface ListLine {
  readonly text: string;
  readonly where: string;
  /** It ended with NUL: blanks and backslashes have no special meaning. */
  readonly verbatim: boolean;
}

const SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const SIGNATURE_ENDS = "-----END PGP SIGNATURE-----";

/**
 * Splits a list; `from` is its name in messages.
 *
 * @throws {UsageError} for bytes that are no text, and for a signed list that is not complete.
 */
export function listLines(bytes: Uint8Array, from: string): ListLine[] {
  const text = decode(bytes, from);
  if (text.includes("\0")) {
    return text.split("\0").map((entry, index) => ({
      text: entry,
      where: `${from}, entry ${index + 1}`,
      verbatim: true,
    }));
  }
  const lines = text.split("\n").map((line, index) => ({
    text: line.replace(/\r$/, ""),
    where: `${from}, line ${index + 1}`,
    verbatim: false,
  }));
  return signedLines(lines, from);
}

function decode(bytes: Uint8Array, from: string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decodeAs("utf-16le", bytes, from);
  if (first === 0xfe && second === 0xff) return decodeAs("utf-16be", bytes, from);
  const start = [...bytes.subarray(0, 8)];
  const everySecondIsZero = (odd: number) =>
    start.length === 8 && start.every((byte, at) => (byte === 0) === (at % 2 === odd));
  if (everySecondIsZero(0) || everySecondIsZero(1)) {
    throw new UsageError(
      `${from}, line 1: looks like UTF-16 without a byte order mark: save it as UTF-8`,
    );
  }
  return decodeAs("utf-8", bytes, from);
}

function decodeAs(encoding: string, bytes: Uint8Array, from: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const line = firstBadLine(encoding, bytes);
    throw new UsageError(`${from}, line ${line} is no ${encoding.toUpperCase()} text`);
  }
}

/** The line of the first bytes that are no text. */
function firstBadLine(encoding: string, bytes: Uint8Array): number {
  const [before] = new TextDecoder(encoding).decode(bytes).split("\ufffd");
  return (before ?? "").split("\n").length;
}

/**
 * The lines of a clear-signed list (RFC 9580 §7) between its headers and its signature, without
 * their dash escapes. The signature is not verified here. Lines that it does not cover are refused,
 * since they look signed and are not.
 */
function signedLines(lines: ListLine[], from: string): ListLine[] {
  if (!lines.some(({ text }) => text.trimEnd() === SIGNED)) return lines;
  let part: "outside" | "headers" | "signed" | "signature" = "outside";
  const found: ListLine[] = [];
  for (const line of lines) {
    const text = line.text.trimEnd();
    if (part === "outside") {
      if (text === SIGNED) part = "headers";
      else if (text !== "") throw new UsageError(`${line.where} is outside of the signed part`);
    } else if (part === "headers") {
      if (text === "") part = "signed";
      else if (!/^[\w-]+: /.test(text)) {
        throw new UsageError(`${line.where} is not a header of a signed message`);
      }
    } else if (part === "signed") {
      if (text === SIGNATURE) part = "signature";
      else if (/^-(?! )/.test(text)) throw new UsageError(`${line.where} lacks a dash escape`);
      else found.push({ ...line, text: line.text.replace(/^- /, "") });
    } else if (text === SIGNATURE_ENDS) part = "outside";
  }
  if (part === "outside") return found;
  throw new UsageError(`${from} is a truncated signed list: the end of the signature is missing`);
}
