/** TFTP URIs: `tftp://host[:port]/filename[;mode=octet|netascii]` (RFC 3617 §3). */

import type { Mode } from "./options.ts";
import { decodeText } from "./text.ts";

/**
 * A file on a server, as a URI names it.
 *
 * ```ts
 * import { parseTftpUri, type TftpUri } from "@tftp/tftp";
 *
 * const uri: TftpUri = parseTftpUri("tftp://[2001:db8::1]/boot%20files/kernel;mode=octet");
 * const { host, filename, mode } = uri;
 * if (`${host} ${filename}` !== "2001:db8::1 boot files/kernel") throw new Error(filename);
 * if (mode !== "octet") throw new Error(`${mode}`);
 * ```
 */
export interface TftpUri {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** Absent: 69. */
  readonly port?: number;
  /** Percent-decoded, without the slash that ends the host (RFC 3617 §3); may be empty. */
  readonly filename: string;
  /** Absent: octet. */
  readonly mode?: Mode;
}

const URI = /^tftp:\/\/(\[[0-9a-f:.]+(?:%[^\]]+)?\]|[^/:@?#[\]]+)(?::(\d*))?(?:\/(.*))?$/i;

/**
 * Parses a tftp:// URI (RFC 3617). Throws a `SyntaxError` that says what is wrong with it.
 *
 * ```ts
 * import { parseTftpUri } from "@tftp/tftp";
 *
 * const { host, port, filename } = parseTftpUri("tftp://192.0.2.1:6969/boot/kernel");
 * if (`${host} ${port} ${filename}` !== "192.0.2.1 6969 boot/kernel") throw new Error(filename);
 * ```
 */
export function parseTftpUri(text: string): TftpUri {
  const match = URI.exec(text);
  if (!match) throw new SyntaxError(`"${text}" is not of the form tftp://HOST[:PORT]/FILE`);
  const [, host, portText, path = ""] = match;
  const { filename, mode } = splitMode(path, text);
  const uri = {
    host: host!.startsWith("[") ? unbracket(host!) : decode(host!, text),
    filename: decode(filename, text),
  };
  const port = portText ? readPort(portText, text) : undefined;
  return { ...uri, ...(port === undefined ? {} : { port }), ...(mode ? { mode } : {}) };
}

/** RFC 6874: the % before a zone is written %25. A bare one is what people type. */
function unbracket(host: string): string {
  return host.slice(1, -1).replace(/%25(?=.)/, "%");
}

function readPort(text: string, uri: string): number {
  const port = Number(text);
  if (port < 1 || port > 65535) throw new SyntaxError(`Port ${text} in "${uri}" is not 1–65535`);
  return port;
}

function splitMode(path: string, uri: string): { filename: string; mode?: Mode } {
  const at = path.toLowerCase().lastIndexOf(";mode=");
  if (at < 0) return { filename: path };
  const mode = path.slice(at + ";mode=".length).toLowerCase();
  if (mode !== "octet" && mode !== "netascii") {
    throw new SyntaxError(`Mode "${mode}" in "${uri}" is neither octet nor netascii`);
  }
  return { filename: path.slice(0, at), mode };
}

/** Names are bytes: what is no UTF-8 becomes text as in a request ({@linkcode decodeText}). */
function decode(text: string, uri: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw new SyntaxError(`"${uri}" holds a % that is not followed by two hexadecimal digits`);
  }
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const digits = escapes.slice(1).split("%");
    return decodeText(Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16)));
  });
}
