/** Formats numbers and text from elsewhere for one line of a terminal or a log. Pure. */

/** The most characters shown of text from elsewhere. */
const MAX_SHOWN = 200;

/** Text without anything to escape, in quotes or not: one test instead of one per character. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** `42,431 bytes`. */
export function byteCount(bytes: number): string {
  return `${grouped(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** `42,431 bytes`, and from a megabyte on `33,554,432 bytes (33.6 MB)`. */
export function fileSize(bytes: number): string {
  return bytes < 1_000_000 ? byteCount(bytes) : `${byteCount(bytes)} (${humanSize(bytes)})`;
}

/** Decimal units, three digits: `512 B`, `1.50 kB`, `33.6 MB`. */
export function humanSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `0.004 s`, `0.02 s`, `12.3 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.01) return `${seconds.toFixed(3)} s`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

/** Bytes per second; undefined for a transfer too short to have a rate. */
export function rate(bytes: number, ms: number): string | undefined {
  return ms < 1 || bytes === 0 ? undefined : `${humanSize(bytes / (ms / 1000))}/s`;
}

/**
 * What a side sends, singular and plural: a sender blocks, a receiver ACKs, a client requests too.
 */
const SENT = {
  "sender": ["block", "blocks"],
  "receiver": ["ACK", "ACKs"],
  "asking sender": ["request or block", "requests or blocks"],
  "asking receiver": ["request or ACK", "requests or ACKs"],
} as const;

/** What this side had to retransmit, if anything. */
export function resent(count: number, side: keyof typeof SENT): string[] {
  const [one, many] = SENT[side];
  return count === 0 ? [] : [`${grouped(count)} ${count === 1 ? one : many} retransmitted`];
}

/** A name in quotes, as one unambiguous word: backslashes and quotes are escaped too. */
export function quoted(name: string): string {
  return `"${
    cut(name, (character) => /["\\]/.test(character) ? `\\${character}` : visible(character))
  }"`;
}

/**
 * Text from elsewhere, with all characters escaped that end a line, move the cursor, change the
 * text direction or are invisible: they become `\n`, `\x1b`, `\u{202e}`. A lone surrogate
 * U+DC80–U+DCFF means a byte that was no UTF-8, and is shown as that byte. Long text is cut.
 */
export function printable(text: string): string {
  return cut(text, visible);
}

/** The same without a limit, for messages of this program that contain such text. */
export function printableInFull(text: string): string {
  return [...text].map(visible).join("");
}

/** A host and port as one word: `192.0.2.1:69`, `[::1]:69`. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function cut(text: string, show: (character: string) => string): string {
  if (text.length <= MAX_SHOWN && PLAIN.test(text)) return text;
  const characters = [...text];
  const shown = characters.slice(0, MAX_SHOWN).map(show).join("");
  const more = characters.length - MAX_SHOWN;
  return more > 0 ? `${shown}[${grouped(more)} more]` : shown;
}

/**
 * Other controls, invisible and direction marks, line and paragraph ends, lone surrogates. As a
 * literal it would be read at every start, although hardly any text needs it.
 */
const INVISIBLE = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]";
let invisible: RegExp | undefined;

function visible(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  invisible ??= new RegExp(INVISIBLE, "u");
  if (invisible.test(character)) return `\\u{${code.toString(16)}}`;
  return character;
}

export function grouped(count: number): string {
  const digits = String(Math.round(count));
  return digits.length <= 3 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

function two(count: number): string {
  return String(count).padStart(2, "0");
}
