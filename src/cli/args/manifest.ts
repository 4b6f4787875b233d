/**
 * Lists of files: a name on each line, or a sum as `sha256sum` (`HEX  NAME`, `HEX *NAME`), `sha256
 * -r` (`HEX NAME`), `sha256sum --tag` (`SHA256 (NAME) = HEX`) or `openssl dgst` (`SHA2-256(NAME)=
 * HEX`) print it. Blank lines and lines that begin with `#` are left out. A line that holds a sum
 * in any other way is refused: it must not be taken for the name of a file. Pure.
 */

import { printable } from "../text/format.ts";
import { type ListLine, listLines } from "../text/manifest_text.ts";
import { UsageError } from "./usage_error.ts";

export interface ManifestEntry {
  readonly name: string;
  /** In lower-case hexadecimal. */
  readonly sha256?: string;
  /** The list and line that names it, for messages. */
  readonly where: string;
}

/** The names that tools have for SHA-256, the only algorithm that is supported. */
const SHA256_TAGS = ["SHA256", "SHA2-256", "SHA-256"];

/** Algorithms whose sums have so many hexadecimal digits. */
const ALGORITHMS: Readonly<Record<number, string>> = {
  32: "MD5",
  40: "SHA-1",
  56: "SHA-224",
  96: "SHA-384",
  128: "SHA-512 or BLAKE2",
};

/** A sum as a word of its own, anywhere in a line. */
const SUM_ANYWHERE = /(?:^|[\s:=(,;"'\\])[0-9a-f]{32,}(?:$|[\s:=),;"'*])/i;

/**
 * Parses a list; `from` is its name in messages.
 *
 * @throws {UsageError} for a list without file names, and for an invalid line.
 */
export function parseManifest(list: string | Uint8Array, from: string): ManifestEntry[] {
  const bytes = typeof list === "string" ? new TextEncoder().encode(list) : list;
  const entries = listLines(bytes, from)
    .filter(({ text }) => text.trim() !== "" && !text.startsWith("#"))
    .map(parseLine);
  if (entries.length === 0) throw new UsageError(`${from} has no file names`);
  return entries;
}

function parseLine(line: ListLine): ManifestEntry {
  const { where } = line;
  const entry = tagged(line) ?? summed(line) ?? plain(line);
  if (entry.name === "-") throw new UsageError(`${where} names standard input, not a file`);
  return { ...entry, where };
}

type Named = Omit<ManifestEntry, "where">;

/** `SHA256 (NAME) = HEX`, with a backslash in front where the name is escaped. */
function tagged({ text, where, verbatim }: ListLine): Named | undefined {
  const match = /^\s*(\\?)([\w/-]+) ?\((.*)\) ?= ?(\S*)\s*$/s.exec(text);
  if (!match) return undefined;
  const [, escaped = "", tag = "", name = "", sum = ""] = match;
  if (!SHA256_TAGS.includes(tag.toUpperCase())) {
    throw new UsageError(
      `${where} has a sum of ${printable(tag)}; only SHA-256 can be verified`,
    );
  }
  if (name === "") throw new UsageError(`${where} has a checksum but no name`);
  return {
    name: escaped === "" || verbatim ? name : unescaped(name, where),
    sha256: parseSha256(sum, where),
  };
}

/** `HEX NAME`, with one blank, two, a tab, or a blank and a star between them. */
function summed({ text, where, verbatim }: ListLine): Named | undefined {
  const match = /^\s*(\\?)([0-9a-f]{32,})(?: [ *]|\t| )(.+)$/is.exec(text);
  if (!match || !(match[2]!.length in ALGORITHMS || match[2]!.length === 64)) return undefined;
  const [, escaped = "", hex = "", name = ""] = match;
  const other = ALGORITHMS[hex.length];
  if (other !== undefined) {
    throw new UsageError(
      `${where} has a checksum that looks like ${other}; ` +
        "only SHA-256 can be verified",
    );
  }
  return {
    name: escaped === "" || verbatim ? name : unescaped(name, where),
    sha256: hex.toLowerCase(),
  };
}

function plain({ text, where, verbatim }: ListLine): Named {
  if (/^-----(BEGIN|END) /.test(text)) {
    throw new UsageError(`${where} is OpenPGP armor, but not of a signed list`);
  }
  const isCrc = /^\s*\d{1,10}\s+\d+\s+\S/.test(text);
  if (isCrc || SUM_ANYWHERE.test(text)) {
    throw new UsageError(
      `${where} has a checksum in an unknown format; known formats are ` +
        '"HEX  NAME" and "SHA256 (NAME) = HEX"',
    );
  }
  return { name: verbatim ? text : text.trim() };
}

/** @throws {UsageError} unless it is 64 hexadecimal digits. */
export function parseSha256(text: string, where: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new UsageError(`${where}: a SHA-256 has 64 hexadecimal digits, not "${printable(text)}"`);
}

/** A line as `sha256sum` prints it, and as {@linkcode parseManifest} reads it. */
export function checksumLine(hex: string, name: string): string {
  if (!/[\\\n\r]/.test(name)) return `${hex}  ${name}`;
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `\\${hex}  ${escaped}`;
}

function unescaped(name: string, where: string): string {
  const meanings: Record<string, string> = { n: "\n", r: "\r", "\\": "\\" };
  return name.replaceAll(/\\(.?)/gs, (_, letter: string) => {
    const meaning = meanings[letter];
    if (meaning !== undefined) return meaning;
    throw new UsageError(`${where}: "\\${printable(letter)}" is not a valid escape in a name`);
  });
}
