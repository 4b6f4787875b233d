/** Addresses in the forms that sockets, log lines and tables need. */

import type { Address } from "../protocol/mod.ts";

/** An address as a socket takes it. */
export function udpAddress(hostname: string, port: number): Address {
  return { transport: "udp", hostname, port } as Address;
}

/** An address as text, such as `10.0.0.1:69` or `[::1]:69`. */
export function formatAddress(address: Address): string {
  const hostname = plainHostname(address.hostname);
  return hostname.includes(":") ? `[${hostname}]:${address.port}` : `${hostname}:${address.port}`;
}

/** A dual-stack socket shows IPv4 peers as `::ffff:10.0.0.1`; this gives `10.0.0.1`. */
export function plainHostname(hostname: string): string {
  return hostname.startsWith("::ffff:") && hostname.includes(".") ? hostname.slice(7) : hostname;
}

/** What tables find an address and port by. */
export type AddressKey = string | number;

/**
 * The key of an address, stored with it: tables need it often. It is text, unless the network gave
 * its peer a number, which is found sooner.
 */
export function addressKey(address: Address & { key?: AddressKey }): AddressKey {
  return address.key ??= `${address.port} ${address.hostname}`;
}

/** A hash of 32 bits of an address and a port, or of any other two numbers. */
export function hashOf(address: number, port: number): number {
  let hash = Math.imul(address, 0x9e3779b1) ^ Math.imul(port, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 15, 0x2c1b3c6d);
  return hash ^ hash >>> 13;
}

/**
 * The sender, spelled as `asked` where only one of the two has a zone. Deno drops that of a
 * link-local sender, and an answer needs it; native sockets add it where none was asked.
 */
export function withZoneOf(asked: Address, sender: Address): Address {
  if (sender.hostname === asked.hostname || !sender.hostname.includes(":")) return sender;
  const [address, zone] = asked.hostname.split("%");
  const [sent, sentZone] = sender.hostname.split("%");
  const differs = address === sent && (zone === undefined) !== (sentZone === undefined);
  return differs ? udpAddress(asked.hostname, sender.port) : sender;
}
