/**
 * Peers of native sockets: the address as text for logs and tables, and as the words that the
 * system reads and writes. A word is 32 bits of memory, read as a signed number, because such
 * numbers are cheap. Within it, the bytes of an address are in network order.
 */

import type { AddressKey } from "../../engine/address.ts";
import type { Peer } from "../../engine/network.ts";
import type { Address } from "../../protocol/mod.ts";
import { ipBytes } from "../ip_address.ts";
import { ipv4TextOf, ipv6Text, isLinkLocal } from "./ip_text.ts";
import type { System } from "./system.ts";

/** The third word of an IPv4-mapped address, `::ffff:0:0/96`. */
export const MAPPED_WORD = -0x10000;

/** The address of this machine that a datagram was sent to, and how it came. */
export class LocalAddress {
  /** IPv4-mapped for IPv4; all zeros where the system is to choose. */
  readonly words = new Int32Array(4);
  /** The index of the interface. */
  index = 0;
  /** Undefined where it is not known. */
  broadcast: boolean | undefined = undefined;

  /** Forgets everything. */
  clear(): void {
    this.words.fill(0);
    this.index = 0;
    this.broadcast = undefined;
  }

  equals(other: LocalAddress): boolean {
    if (this === other) return true;
    const one = this.words;
    const two = other.words;
    return one[3] === two[3] && one[2] === two[2] && one[1] === two[1] && one[0] === two[0] &&
      this.index === other.index && this.broadcast === other.broadcast;
  }

  /** A copy to keep: a receiver fills the same object again and again. */
  kept(): LocalAddress {
    if (this === NO_LOCAL_ADDRESS) return this;
    const copy = new LocalAddress();
    copy.words.set(this.words);
    copy.index = this.index;
    copy.broadcast = this.broadcast;
    return copy;
  }
}

/** No local address: the system chooses. */
export const NO_LOCAL_ADDRESS: LocalAddress = new LocalAddress();

/** A peer as words. */
export interface PeerWords {
  /** Whether its socket is an IPv6 one; IPv4 peers are then IPv4-mapped. */
  readonly six: boolean;
  /** The port in network order, as a 16-bit number of this machine. */
  readonly rawPort: number;
  /** The four words of the address, IPv4-mapped for IPv4. */
  readonly address: Int32Array;
  /** The interface of a link-local address, or 0. */
  readonly scope: number;
}

export class NativePeer implements Peer {
  readonly transport = "udp";
  readonly hostname: string;
  readonly port: number;
  declare readonly broadcast?: boolean;
  /** Of IPv4 a number, the address before the port; see {@linkcode addressKey}. */
  key?: AddressKey;
  // All below is compared for each datagram, or copied into each that is sent.
  readonly #six: boolean;
  readonly #rawPort: number;
  readonly #a0: number;
  readonly #a1: number;
  readonly #a2: number;
  readonly #a3: number;
  readonly #scope: number;
  readonly #local: LocalAddress;
  #segmentLimit = Infinity;

  constructor(words: PeerWords, hostname: string, local: LocalAddress) {
    this.hostname = hostname;
    this.port = swap16(words.rawPort);
    if (local.broadcast !== undefined) this.broadcast = local.broadcast;
    this.#six = words.six;
    this.#rawPort = words.rawPort;
    const { address } = words;
    this.#a0 = address[0]!;
    this.#a1 = address[1]!;
    this.#a2 = address[2]!;
    this.#a3 = address[3]!;
    this.#scope = words.scope;
    this.#local = local;
    if (!words.six) this.key = (this.#a3 >>> 0) * 0x10000 + this.port;
  }

  /** Whether its address is IPv4, mapped or not. */
  get isIpv4(): boolean {
    return this.#a2 === MAPPED_WORD && this.#a0 === 0 && this.#a1 === 0;
  }

  /** The address of this machine that it sent to; undefined where the system is to choose. */
  get local(): LocalAddress | undefined {
    const { words } = this.#local;
    return words[3] === 0 && words[0] === 0 ? undefined : this.#local;
  }

  /** Datagrams up to this size are sent to it as segments of one message. */
  get segmentLimit(): number {
    return this.#segmentLimit;
  }

  /** The system has refused segments of more than so many bytes for this peer. */
  limitSegments(bytes: number): void {
    this.#segmentLimit = Math.min(this.#segmentLimit, bytes);
  }

  /** Whether a datagram of an IPv4 socket came from here. */
  isFrom4(rawPort: number, address: number, local: LocalAddress): boolean {
    return this.#a3 === address && this.#rawPort === rawPort && !this.#six &&
      this.#local.equals(local);
  }

  /** Whether a datagram of an IPv6 socket came from here; `names[at]` begins its sockaddr_in6. */
  isFrom6(names: Int32Array, at: number, local: LocalAddress): boolean {
    return this.#a3 === names[at + 5] && this.#a2 === names[at + 4] &&
      this.#rawPort === names[at]! >>> 16 && this.#a1 === names[at + 3] &&
      this.#a0 === names[at + 2] && this.#scope === names[at + 6] && this.#six &&
      this.#local.equals(local);
  }

  /** Writes the peer's address as a sockaddr_in. */
  write4(names: Int32Array, at: number): void {
    names[at] = this.#rawPort << 16 | 2;
    names[at + 1] = this.#a3;
    names[at + 2] = 0;
    names[at + 3] = 0;
  }

  /** Writes the peer's address as a sockaddr_in6. */
  write6(names: Int32Array, at: number): void {
    names[at] = this.#rawPort << 16 | 10;
    names[at + 1] = 0;
    names[at + 2] = this.#a0;
    names[at + 3] = this.#a1;
    names[at + 4] = this.#a2;
    names[at + 5] = this.#a3;
    names[at + 6] = this.#scope;
  }
}

/** The peer of an address in text; undefined where that is none here: {@linkcode whyNoPeer}. */
export function peerAt({ hostname, port }: Address, system: System): NativePeer | undefined {
  const bytes = ipBytes(hostname);
  if (bytes === undefined) return undefined;
  const address = new Int32Array(4);
  new Uint8Array(address.buffer).set(bytes, 16 - bytes.length);
  if (bytes.length === 4) address[2] = MAPPED_WORD;
  const zone = hostname.split("%")[1];
  const scope = zone === undefined ? 0 : system.interfaceIndex(zone);
  if (zone !== undefined && scope === 0) return undefined;
  const words = { six: hostname.includes(":"), rawPort: swap16(port), address, scope };
  return new NativePeer(words, hostname, NO_LOCAL_ADDRESS);
}

/** Why {@linkcode peerAt} gives no peer of this address. */
export function whyNoPeer(hostname: string): string {
  if (ipBytes(hostname) === undefined) return "it is not an IP address";
  return `this machine has no network interface "${hostname.split("%")[1]}"`;
}

/** The text of an address in words. */
export function hostnameOf(
  { six, address, scope }: Pick<PeerWords, "six" | "address" | "scope">,
  system: System,
): string {
  if (!six) return ipv4TextOf(address[3]!);
  const bytes = new Uint8Array(address.buffer, address.byteOffset, 16);
  const text = ipv6Text(bytes);
  return scope !== 0 && isLinkLocal(bytes) ? `${text}%${system.interfaceName(scope)}` : text;
}

/** Swaps a port between network order and this machine's order. */
export function swap16(port: number): number {
  return (port & 0xff) << 8 | port >>> 8;
}
