/**
 * Peers as native sockets know them: the address as text for people and tables, and as the words
 * that the system reads and writes. A word is 32 bits of memory, read as a signed number, because
 * such numbers are cheap: an address's bytes are in network order within it.
 */

import type { Peer } from "../../engine/network.ts";
import type { Address } from "../../protocol/mod.ts";
import { ipBytes } from "../ip_address.ts";
import { ipv4Text, ipv6Text, isLinkLocal } from "./ip_text.ts";
import type { System } from "./system.ts";

/** The third word of an IPv4 address in IPv6's form, `::ffff:0:0/96`. */
export const MAPPED_WORD = -0x10000;

/** An address of this machine, and how a datagram came to it. */
export class Asked {
  /** IPv4 in IPv6's form; all zeros where the system shall choose. */
  readonly words = new Int32Array(4);
  /** The interface's number. */
  index = 0;
  /** Undefined where nobody can tell. */
  broadcast: boolean | undefined = undefined;

  /** Nothing is known. */
  clear(): void {
    this.words.fill(0);
    this.index = 0;
    this.broadcast = undefined;
  }

  /** What is known, for longer: whoever reads datagrams fills the same object again and again. */
  kept(): Asked {
    if (this === NOT_ASKED) return this;
    const copy = new Asked();
    copy.words.set(this.words);
    copy.index = this.index;
    copy.broadcast = this.broadcast;
    return copy;
  }
}

/** What nobody has asked for. */
export const NOT_ASKED: Asked = new Asked();

/** Everything about a peer as words. */
export interface PeerWords {
  /** Whether its socket has IPv6 addresses; IPv4 peers are then shown in IPv6's form. */
  readonly six: boolean;
  /** The port in network order, as a 16-bit number of this machine. */
  readonly rawPort: number;
  /** The four words of the address, IPv4 in IPv6's form. */
  readonly address: Int32Array;
  /** The interface of a link-local address, or 0. */
  readonly scope: number;
  readonly asked: Asked;
}

export class NativePeer implements Peer {
  readonly transport = "udp";
  readonly hostname: string;
  readonly port: number;
  declare readonly broadcast?: boolean;
  // All below is compared for each datagram, or copied into each that is sent.
  readonly #six: boolean;
  readonly #rawPort: number;
  readonly #a0: number;
  readonly #a1: number;
  readonly #a2: number;
  readonly #a3: number;
  readonly #scope: number;
  readonly #asked: Asked;
  #segmentLimit = Infinity;

  constructor(words: PeerWords, hostname: string) {
    this.hostname = hostname;
    this.port = swap16(words.rawPort);
    const { asked } = words;
    if (asked.broadcast !== undefined) this.broadcast = asked.broadcast;
    this.#six = words.six;
    this.#rawPort = words.rawPort;
    [this.#a0, this.#a1, this.#a2, this.#a3] = words.address as unknown as [
      number,
      number,
      number,
      number,
    ];
    this.#scope = words.scope;
    this.#asked = asked;
  }

  /** Whether it has an IPv4 address, in whatever form. */
  get isIpv4(): boolean {
    return this.#a2 === MAPPED_WORD && this.#a0 === 0 && this.#a1 === 0;
  }

  /** The address of this machine that it asked; undefined where the system shall choose. */
  get asked(): Asked | undefined {
    const { words } = this.#asked;
    return words[3] === 0 && words[0] === 0 ? undefined : this.#asked;
  }

  /** Datagrams up to this size are sent to it as segments of one message. */
  get segmentLimit(): number {
    return this.#segmentLimit;
  }

  /** The system has refused segments of more than so many bytes on the way there. */
  limitSegments(bytes: number): void {
    this.#segmentLimit = Math.min(this.#segmentLimit, bytes);
  }

  /** Whether a datagram of an IPv4 socket came from here. */
  isFrom4(rawPort: number, address: number, asked: Asked): boolean {
    return this.#a3 === address && this.#rawPort === rawPort && !this.#six && this.#hears(asked);
  }

  /** Whether a datagram of an IPv6 socket came from here; `names[at]` begins its sockaddr_in6. */
  isFrom6(names: Int32Array, at: number, asked: Asked): boolean {
    return this.#a3 === names[at + 5] && this.#a2 === names[at + 4] &&
      this.#rawPort === names[at]! >>> 16 && this.#a1 === names[at + 3] &&
      this.#a0 === names[at + 2] && this.#scope === names[at + 6] && this.#six &&
      this.#hears(asked);
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

  #hears(asked: Asked): boolean {
    const mine = this.#asked;
    if (mine === asked) return true;
    const one = mine.words;
    const other = asked.words;
    return one[3] === other[3] && one[2] === other[2] && one[1] === other[1] &&
      one[0] === other[0] && mine.index === asked.index && mine.broadcast === asked.broadcast;
  }
}

/** The peer of an address in text; undefined where that is no IP address. */
export function peerAt({ hostname, port }: Address, system: System): NativePeer | undefined {
  const bytes = ipBytes(hostname);
  if (bytes === undefined) return undefined;
  const address = new Int32Array(4);
  new Uint8Array(address.buffer).set(bytes, 16 - bytes.length);
  if (bytes.length === 4) address[2] = MAPPED_WORD;
  const zone = hostname.split("%")[1];
  const scope = zone === undefined ? 0 : system.interfaceIndex(zone);
  const words = { six: hostname.includes(":"), rawPort: swap16(port), address, scope };
  return new NativePeer({ ...words, asked: NOT_ASKED }, hostname);
}

/** The text of an address in words. */
export function hostnameOf(
  { six, address, scope }: Pick<PeerWords, "six" | "address" | "scope">,
  system: System,
): string {
  const bytes = new Uint8Array(address.buffer, address.byteOffset, 16);
  if (!six) return ipv4Text(bytes.subarray(12));
  const text = ipv6Text(bytes);
  return scope !== 0 && isLinkLocal(bytes) ? `${text}%${system.interfaceName(scope)}` : text;
}

/** A port between network order and this machine's, either way. */
export function swap16(port: number): number {
  return (port & 0xff) << 8 | port >>> 8;
}
