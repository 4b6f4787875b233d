/** Recent senders: the same sender is the same object, so a datagram costs no new text. */

import type { Address } from "../../protocol/mod.ts";
import { hashOf } from "../../engine/address.ts";
import {
  hostnameOf,
  type LocalAddress,
  MAPPED_WORD,
  NativePeer,
  NO_LOCAL_ADDRESS,
  peerAt,
  type PeerWords,
} from "./native_peer.ts";
import type { System } from "./system.ts";

/** Number of sets; the hash of a peer selects one. A power of 2. */
const SETS = 4096;
/** Peers remembered per set: those heard from last. */
const WAYS = 4;
/** Peers remembered at most. */
export const MAX_PEERS = SETS * WAYS;

/**
 * Shared by the sockets of a network. A peer that was silent while many others came may get a new
 * object; that costs no more than making it.
 */
export class PeerTable {
  readonly #peers: (NativePeer | undefined)[] = new Array(MAX_PEERS).fill(undefined);
  /** An IPv4-mapped address, for a moment. */
  readonly #mapped = Int32Array.of(0, 0, MAPPED_WORD, 0);
  /** The local address that was kept last. */
  #lastKept = NO_LOCAL_ADDRESS;
  readonly #written = new WeakMap<Address, NativePeer>();
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
  }

  /** The sender of a datagram; `names[at]` begins its sockaddr. `local` is copied. */
  sender(six: boolean, names: Int32Array, at: number, local: LocalAddress): NativePeer {
    return six ? this.#sender6(names, at, local) : this.#sender4(names, at, local);
  }

  /** The peer of an address; undefined where its hostname is no IP address. */
  of(address: Address): NativePeer | undefined {
    if (address instanceof NativePeer) return address;
    let peer = this.#written.get(address);
    if (peer === undefined) {
      peer = peerAt(address, this.#system);
      if (peer !== undefined) this.#written.set(address, peer);
    }
    return peer;
  }

  #sender4(names: Int32Array, at: number, local: LocalAddress): NativePeer {
    const rawPort = names[at]! >>> 16;
    const address = names[at + 1]!;
    const set = setOf(rawPort, address);
    for (let way = set; way < set + WAYS; way++) {
      const peer = this.#peers[way];
      if (peer === undefined) break;
      if (peer.isFrom4(rawPort, address, local)) return this.#renew(set, way, peer);
    }
    this.#mapped[3] = address;
    return this.#add(set, { six: false, rawPort, address: this.#mapped, scope: 0 }, local);
  }

  #sender6(names: Int32Array, at: number, local: LocalAddress): NativePeer {
    const rawPort = names[at]! >>> 16;
    const set = setOf(rawPort, names[at + 5]! ^ names[at + 4]! ^ names[at + 3]!);
    for (let way = set; way < set + WAYS; way++) {
      const peer = this.#peers[way];
      if (peer === undefined) break;
      if (peer.isFrom6(names, at, local)) return this.#renew(set, way, peer);
    }
    const address = names.slice(at + 2, at + 6);
    return this.#add(set, { six: true, rawPort, address, scope: names[at + 6]! }, local);
  }

  #add(set: number, words: PeerWords, local: LocalAddress): NativePeer {
    const peer = new NativePeer(words, hostnameOf(words, this.#system), this.#kept(local));
    return this.#renew(set, set + WAYS - 1, peer);
  }

  /** A copy of a local address to keep; most peers have the same one. */
  #kept(local: LocalAddress): LocalAddress {
    if (!this.#lastKept.equals(local)) this.#lastKept = local.kept();
    return this.#lastKept;
  }

  /** Puts a peer first in its set, in place of the one at `way`. */
  #renew(set: number, way: number, peer: NativePeer): NativePeer {
    for (let at = way; at > set; at--) this.#peers[at] = this.#peers[at - 1];
    this.#peers[set] = peer;
    return peer;
  }
}

/** Index of the first peer in the set of a hash. */
function setOf(rawPort: number, address: number): number {
  return (hashOf(address, rawPort) & (SETS - 1)) * WAYS;
}
