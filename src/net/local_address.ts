/**
 * Which address of this machine a datagram leaves from, where the socket is bound to all of them.
 * The system decides that by its routes. Deno does not show those, but the networks of the
 * interfaces say nearly as much.
 */

import type { Address } from "../protocol/mod.ts";
import { ipBytes, samePrefix } from "./ip_address.ts";

/** An address of this machine, and the length of its network's prefix. */
export interface OwnAddress {
  readonly address: string;
  readonly cidr: string;
}

/** This machine's addresses; none without the permission `--allow-sys=networkInterfaces`. */
export function ownAddresses(): readonly OwnAddress[] {
  try {
    return Deno.networkInterfaces();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
}

/**
 * The address of a socket that `peer` sees: the bound one, or the local address in the peer's
 * network, or the first that is no loopback address. If none of these is known, the bound one.
 */
export function localAddressFor(
  peer: Address,
  bound: Address,
  own: readonly OwnAddress[],
): Address {
  const boundBytes = ipBytes(bound.hostname);
  if (boundBytes?.some((byte) => byte !== 0)) return bound;
  const target = ipBytes(peer.hostname);
  if (!target) return bound;
  const loopback = loopbackFor(target);
  if (loopback !== undefined) return { hostname: loopback, port: bound.port };
  const candidates = own
    .map(({ address, cidr }) => ({ address, bytes: ipBytes(address), bits: prefixOf(cidr) }))
    .filter(({ bytes }) => bytes?.length === target.length && loopbackFor(bytes) === undefined);
  const near = candidates
    .filter(({ bytes, bits }) => samePrefix(bytes!, target, bits))
    .sort((one, other) => other.bits - one.bits)[0];
  const hostname = (near ?? candidates[0])?.address;
  return hostname === undefined ? bound : { hostname, port: bound.port };
}

function loopbackFor(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes[0] === 127 ? "127.0.0.1" : undefined;
  const isLoopback = bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0);
  return isLoopback ? "::1" : undefined;
}

function prefixOf(cidr: string): number {
  return Number(cidr.split("/")[1] ?? 0);
}
