/**
 * The protocol as a ladder, a line for every datagram:
 *
 *        0.000  127.0.0.1:69      ->  RRQ "f" octet blksize=1428
 *        0.001  127.0.0.1:40213  <-   OACK blksize=1428
 *        0.001  127.0.0.1:40213   ->  ACK 0
 *        0.002  127.0.0.1:40213  <-   DATA 1      1428 bytes
 *
 * The time is in seconds. An arrow to the right leaves this side. `again` marks what was seen
 * before in the same direction: a retransmission, or a datagram that came twice. Pure.
 */

import {
  type Address,
  nearestIndex,
  Opcode,
  type Option,
  type Packet,
  packetIn,
} from "../../protocol/mod.ts";
import type { FaultKind } from "../../instruments/faulty_lane.ts";
import type { Datagram } from "../../instruments/tapped_network.ts";
import { printable, quoted } from "./format.ts";
import { addressKey, formatAddress } from "../../engine/address.ts";
import { BoundedMap } from "../../engine/bounded_map.ts";

const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  lost: "lost",
  twice: "doubled",
  late: "overtaken",
};

/** Conversations kept; further ones replace the oldest. */
const MAX_CONVERSATIONS = 1024;

/** Blocks kept of each; older ones count as seen. */
const MAX_BLOCKS = 8192;

/** Other packets kept of each, such as ERRORs; further ones replace the oldest. */
const MAX_OTHERS = 16;

/** Characters of such a packet as text; a longer one is not kept. */
const MAX_OTHER_CHARACTERS = 1000;

export class Ladder {
  readonly #seen = new Map<string, Seen>();

  /** The line of a datagram that left or arrived. */
  datagram({ sent, bytes, local, peer }: Datagram, elapsedMs: number): string {
    const packet = packetIn(bytes);
    const again = packet && this.#sees(packet, `${sent} ${addressKey(local)} ${addressKey(peer)}`);
    return line(elapsedMs, { peer, arrow: sent ? " ->" : "<- " }, [
      describe(packet, bytes),
      ...(again ? ["again"] : []),
    ]);
  }

  /** The line of a datagram that `--fault` does something to. */
  fault(kind: FaultKind, { sent, bytes, peer }: Datagram, elapsedMs: number): string {
    const arrow = kind === "lost" ? (sent ? " -x" : "x- ") : (sent ? " ~>" : "<~ ");
    return line(elapsedMs, { peer, arrow }, [
      describe(packetIn(bytes), bytes),
      `${FAULT_WORDS[kind]} by --fault`,
    ]);
  }

  #sees(packet: Packet, conversation: string): boolean {
    let seen = this.#seen.get(conversation);
    if (!seen) this.#seen.set(conversation, seen = new Seen());
    if (this.#seen.size > MAX_CONVERSATIONS) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return seen.sees(packet);
  }
}

/** The packets in one direction between two ports. */
class Seen {
  readonly #blocks = new Set<number>();
  #others = new BoundedMap<string, true>(MAX_OTHERS);
  #highest = 0;

  /** Whether this packet was seen before; remembers it. */
  sees(packet: Packet): boolean {
    switch (packet.opcode) {
      case Opcode.DATA:
      case Opcode.ACK:
        return this.#seesBlock(packet.block);
      case Opcode.RRQ:
      case Opcode.WRQ:
        // Another request on the same ports starts another transfer.
        if (!this.#others.get(JSON.stringify(packet))) this.#forget();
        return this.#seesOther(packet);
      default:
        return this.#seesOther(packet);
    }
  }

  #seesBlock(number: number): boolean {
    const index = nearestIndex(number, this.#highest + 1, 0);
    const again = this.#blocks.has(index) || index < this.#highest - MAX_BLOCKS;
    this.#blocks.add(index);
    if (index > this.#highest) this.#highest = index;
    if (this.#blocks.size > 2 * MAX_BLOCKS) this.#trim();
    return again;
  }

  #seesOther(packet: Packet): boolean {
    const text = JSON.stringify(packet);
    const again = this.#others.get(text) !== undefined;
    if (text.length <= MAX_OTHER_CHARACTERS) this.#others.set(text, true);
    return again;
  }

  #trim(): void {
    for (const index of this.#blocks) {
      if (index < this.#highest - MAX_BLOCKS) this.#blocks.delete(index);
    }
  }

  #forget(): void {
    this.#blocks.clear();
    this.#others = new BoundedMap(MAX_OTHERS);
    this.#highest = 0;
  }
}

function line(
  elapsedMs: number,
  { peer, arrow }: { peer: Address; arrow: string },
  parts: readonly string[],
): string {
  const time = (elapsedMs / 1000).toFixed(3).padStart(9);
  return `${time}  ${formatAddress(peer).padEnd(21)} ${arrow}  ${parts.join("  ")}`;
}

function describe(packet: Packet | undefined, bytes: Uint8Array): string {
  if (!packet) return `no TFTP packet, ${bytes.length} bytes`;
  switch (packet.opcode) {
    case Opcode.DATA:
      return `DATA ${String(packet.block).padEnd(5)} ${packet.payload.length} bytes`;
    case Opcode.ACK:
      return `ACK ${packet.block}`;
    case Opcode.ERROR:
      return `ERROR ${packet.code} ${quoted(packet.message)}`;
    case Opcode.OACK:
      return `OACK${options(packet.options)}`;
    default: {
      const kind = packet.opcode === Opcode.RRQ ? "RRQ" : "WRQ";
      const { filename, mode } = packet;
      return `${kind} ${quoted(filename)} ${printable(mode)}${options(packet.options)}`;
    }
  }
}

function options(list: readonly Option[]): string {
  return list.map(({ name, value }) => ` ${printable(name)}=${printable(value)}`).join("");
}
