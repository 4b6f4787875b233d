/** Addresses and networks as Deno's `--allow-net` takes them. Pure. */

import { CompileError } from "./compile_error.ts";

/**
 * All IPv4 addresses except 0.0.0.0/8. A list with 0.0.0.0 would let the program listen on any port
 * of this machine, which a client does not need.
 */
export const ANY_IPV4_PEER = [
  "1.0.0.0/8",
  "2.0.0.0/7",
  "4.0.0.0/6",
  "8.0.0.0/5",
  "16.0.0.0/4",
  "32.0.0.0/3",
  "64.0.0.0/2",
  "128.0.0.0/1",
] as const;

/** An address to listen on; an IPv6 address without its brackets. */
export interface Socket {
  readonly host: string;
  readonly port: number;
}

/** @throws {CompileError} unless it is `IPV4:PORT` or `[IPV6]:PORT`. */
export function parseSocket(text: string, flag = "--listen"): Socket {
  const [, bracketed, bare, digits = ""] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare ?? "";
  const isAddress = bracketed === undefined ? isIpv4(host) : isIpv6(host);
  const port = Number(digits);
  if (!isAddress || port < 1 || port > 65535) {
    throw new CompileError(`${flag} needs an address and a port, as 0.0.0.0:69, not "${text}"`);
  }
  return { host, port };
}

/**
 * Splits a list of peers at its commas, and says of each how Deno writes it.
 *
 * @throws {CompileError} for what is neither an IPv4 network nor an address.
 */
export function parsePeers(flag: string, text: string): string[] {
  return text.split(",").map((part) => {
    const peer = part.trim().replace(/^\[(.*)\]$/, "$1");
    const [address = "", bits] = peer.split("/");
    if (isIpv6(address) && bits === undefined) return `[${address}]`;
    if (isIpv6(address)) {
      throw new CompileError(
        `${flag} ${peer}: Deno's permissions know no IPv6 networks, only single addresses`,
      );
    }
    if (!isIpv4(address) || !(bits === undefined || /^\d+$/.test(bits) && Number(bits) <= 32)) {
      throw new CompileError(`${flag} needs addresses and networks, as 10.0.0.0/8, not "${peer}"`);
    }
    return peer;
  });
}

/** An address and port as `--allow-net` takes them. */
export function netEntry({ host, port }: Socket): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

export function isIpv6(text: string): boolean {
  return text.includes(":") && /^[\da-fA-F:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}
