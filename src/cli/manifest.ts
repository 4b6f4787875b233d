/**
 * Lists of files: a name on each line, or a line as `sha256sum` prints it, in its plain form (`HEX
 * NAME`), its binary one (`HEX *NAME`) or its tagged one (`SHA256 (NAME) = HEX`). Blank lines and
 * lines that begin with `#` are left out. Pure.
 */

import { UsageError } from "./usage_error.ts";

export interface ManifestEntry {
  readonly name: string;
  /** In lower-case hexadecimal. */
  readonly sha256?: string;
}

/**
 * Reads a list; `from` is what it is called in messages.
 *
 * @throws {UsageError} for a list that names no file, and for a line that can't be meant.
 */
export function parseManifest(text: string, from: string): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^\ufeff/, "").replace(/\r$/, "");
    if (line.trim() === "" || line.startsWith("#")) continue;
    entries.push(parseLine(line, `${from}, line ${index + 1}`));
  }
  if (entries.length === 0) throw new UsageError(`${from} names no file`);
  return entries;
}

function parseLine(line: string, where: string): ManifestEntry {
  const tagged = /^SHA256 \((.+)\) = ([0-9a-f]+)$/i.exec(line);
  if (tagged) return { name: tagged[1]!, sha256: parseSha256(tagged[2]!, where) };
  // A backslash in front tells that the name is escaped.
  const summed = /^(\\?)([0-9a-f]{64})(?: [ *]|\t)(.+)$/i.exec(line);
  if (summed) {
    const [, escaped, hex, name] = summed;
    return {
      name: escaped === "" ? name! : unescaped(name!),
      sha256: hex!.toLowerCase(),
    };
  }
  const looksSummed = /^[0-9a-f]{32,} [ *]/i.test(line);
  if (looksSummed) throw new UsageError(`${where} has a checksum that is no SHA-256`);
  return { name: line.trim() };
}

/** @throws {UsageError} unless it is 64 hexadecimal digits. */
export function parseSha256(text: string, where: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new UsageError(`${where}: a SHA-256 has 64 hexadecimal digits, not "${text}"`);
}

/** A line as `sha256sum` prints it, and as {@linkcode parseManifest} reads it. */
export function checksumLine(hex: string, name: string): string {
  if (!/[\\\n\r]/.test(name)) return `${hex}  ${name}`;
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `\\${hex}  ${escaped}`;
}

function unescaped(name: string): string {
  const meanings: Record<string, string> = { n: "\n", r: "\r", "\\": "\\" };
  return name.replaceAll(/\\([nr\\])/g, (_, letter: string) => meanings[letter]!);
}
