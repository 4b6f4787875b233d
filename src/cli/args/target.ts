/** Hosts, ports and names on a command line. */

import { UsageError } from "./usage_error.ts";

/** Fits most hosts. */
const PLAIN_HOST = /^\w[\w.-]*$/;
/** Hosts in any script. As a literal it would be read at every start, which takes a millisecond. */
const ANY_HOST = "^[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*$";

export interface Target {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
}

/**
 * Parses `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or an IPv6 address without brackets, which
 * can't have a port because of its colons.
 *
 * @throws {UsageError} for anything else.
 */
export function parseTarget(text: string): Target {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const [, host = "", port] = bracketed;
    if (!isIpv6(host)) throw new UsageError(`"[${host}]" is not an IPv6 address in brackets`);
    return port === undefined ? { host } : { host, port: parsePort(port, text) };
  }
  if (/^[a-z]+:\/\//i.test(text)) throw new UsageError(`"${text}" is not a tftp:// address`);
  if (text.split(":").length > 2) {
    if (!isIpv6(text)) throw new UsageError(`"${text}" is neither HOST:PORT nor an IPv6 address`);
    return { host: text };
  }
  const [host = "", port] = text.split(":");
  if (host.includes("/")) {
    const hint = /^\w/.test(host) ? `; did you mean tftp://${text} ?` : "";
    throw new UsageError(`"${text}" is not a host${hint}`);
  }
  if (!isHost(host)) throw new UsageError(`"${text}" is not a host`);
  return port === undefined ? { host } : { host, port: parsePort(port, text) };
}

/** Whether it may be the name of a host, or is an address without brackets. */
export function isHost(text: string): boolean {
  if (text.includes(":")) return isIpv6(text);
  return PLAIN_HOST.test(text) || new RegExp(ANY_HOST, "u").test(text);
}

/** @throws {UsageError} unless it is a whole number from 1 to 65535. */
export function parsePort(text: string, within: string = text): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) {
    const where = within === text ? "" : ` in "${within}"`;
    throw new UsageError(`a port is a whole number from 1 to 65535, not "${text}"${where}`);
  }
  return port;
}

/**
 * The part of a name after the last `/` or `\`, since either side may use the other system's rules.
 *
 * @throws {UsageError} when no name of a file is left.
 */
export function lastPart(name: string): string {
  const part = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  if (part === "" || part === "." || part === "..") {
    throw new UsageError(`"${name}" does not end in the name of a file`);
  }
  return part;
}

/**
 * The local name for a file of a server. Deno writes each byte that is no UTF-8 as U+FFFD, so two
 * names that differ only there are one name here.
 *
 * @throws {UsageError} as {@linkcode lastPart} does.
 */
export function localName(name: string): string {
  return lastPart(name).toWellFormed();
}

/** @throws {UsageError} for a name that a request can't carry. */
export function checkFilename(name: string): string {
  if (name === "") throw new UsageError("the name of the file is empty");
  if (name.includes("\0")) throw new UsageError("the name of a file can't hold a zero byte");
  return name;
}

function isIpv6(text: string): boolean {
  const [address, zone = "0"] = text.split("%");
  return /^[\w.-]+$/.test(zone) && URL.canParse(`http://[${address}]/`);
}
