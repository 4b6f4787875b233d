/**
 * Transfers that share a limit, those of one client or all, and which of them ends when the limit
 * is reached: the one with the least sign that its client is there. Pure.
 */

import type { Transfer } from "./transfer.ts";

/**
 * What tables hold instead of a transfer, and what is emptied when it is over. V8 keeps alive what
 * a removed entry of a `Map` or `Set` pointed to, until the next collection of all memory: when
 * such a table has been copied to a larger or smaller one, the old one still has its entries.
 */
export interface TransferEntry {
  transfer: Transfer | undefined;
}

/** Silence after which a transfer in progress may end for another. */
const YIELDS_AFTER_MS = 5000;

/** The same for one at its first packets, which is less likely to have a client. */
const OPENING_YIELDS_AFTER_MS = 1000;

/** The same where most are at their first packets. That is a flood, and most answers are faster. */
const CROWDED_YIELDS_AFTER_MS = 100;

/** Below this limit, a few clients that start together are no flood. */
const FEW_TRANSFERS = 16;

export class TransferGroup {
  readonly #all = new Set<TransferEntry>();
  /** Transfers at their first packets, the longest silent first. */
  readonly #openings = new Set<TransferEntry>();
  /** Complete uploads that only repeat their last ACK. */
  readonly #settled = new Set<TransferEntry>();
  /** Before this time, no transfer in progress has been silent for long enough. */
  #noneYieldsBeforeMs = -Infinity;

  get size(): number {
    return this.#all.size;
  }

  /** Its entries; none of them is empty. */
  get all(): Iterable<TransferEntry> {
    return this.#all;
  }

  add(transfer: Transfer): void {
    this.#all.add(transfer.entry);
    this.update(transfer);
  }

  delete({ entry }: Transfer): void {
    this.#all.delete(entry);
    this.#openings.delete(entry);
    this.#settled.delete(entry);
  }

  /** A transfer has received a packet or has settled. */
  update({ entry, settled, isOpening }: Transfer): void {
    if (!this.#all.has(entry)) return;
    this.#openings.delete(entry);
    if (settled) this.#settled.add(entry);
    else if (isOpening) this.#openings.add(entry);
  }

  /** The transfer to end for a new one when there are `limit`; none while all have clients. */
  leastPresent(limit: number, nowMs: number): Transfer | undefined {
    for (const { transfer } of this.#settled) return transfer;
    const isCrowded = limit >= FEW_TRANSFERS && this.#openings.size > limit / 2;
    const patienceMs = isCrowded ? CROWDED_YIELDS_AFTER_MS : OPENING_YIELDS_AFTER_MS;
    for (const { transfer } of this.#openings) {
      if (transfer!.silentMs(nowMs) >= patienceMs) return transfer;
      break;
    }
    return this.#longestSilent(nowMs);
  }

  #longestSilent(nowMs: number): Transfer | undefined {
    // A flood of requests must not cause a search through all transfers each time.
    if (nowMs < this.#noneYieldsBeforeMs) return undefined;
    let least: Transfer | undefined;
    let mostMs = 0;
    for (const { transfer } of this.#all) {
      const silentMs = transfer!.silentMs(nowMs);
      if (silentMs < mostMs) continue;
      least = transfer;
      mostMs = silentMs;
    }
    if (mostMs >= YIELDS_AFTER_MS) return least;
    this.#noneYieldsBeforeMs = nowMs + YIELDS_AFTER_MS - mostMs;
    return undefined;
  }
}

/** The transfers of some entries. */
export function transfersOf(entries: Iterable<TransferEntry>): Transfer[] {
  return Array.from(entries, ({ transfer }) => transfer!);
}
