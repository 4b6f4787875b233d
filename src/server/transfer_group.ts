/**
 * Transfers that a limit counts together, those of one client or all, and which of them gives way
 * when the limit is reached: the one that shows least that its client is there. Pure.
 */

import type { Transfer } from "./transfer.ts";

/** A transfer that is under way gives way after as much silence. */
const YIELDS_AFTER_MS = 5000;

/** One that has not got beyond its first packets shows less, and gives way sooner. */
const OPENING_YIELDS_AFTER_MS = 1000;

/** Where most are such, this is a flood: still longer than an answer takes in most networks. */
const CROWDED_YIELDS_AFTER_MS = 100;

/** Below this limit a few clients that begin together are no flood. */
const FEW_TRANSFERS = 16;

export class TransferGroup {
  readonly #all = new Set<Transfer>();
  /** Those that have not got beyond their first packets; the longest silent first. */
  readonly #openings = new Set<Transfer>();
  /** Uploads that are whole, and only repeat their last ACK. */
  readonly #settled = new Set<Transfer>();
  /** Before this time no transfer that is under way has been silent for long enough. */
  #noneYieldsBeforeMs = -Infinity;

  get size(): number {
    return this.#all.size;
  }

  get all(): Iterable<Transfer> {
    return this.#all;
  }

  add(transfer: Transfer): void {
    this.#all.add(transfer);
    this.update(transfer);
  }

  delete(transfer: Transfer): void {
    this.#all.delete(transfer);
    this.#openings.delete(transfer);
    this.#settled.delete(transfer);
  }

  /** A transfer was heard of or has settled. */
  update(transfer: Transfer): void {
    if (!this.#all.has(transfer)) return;
    this.#openings.delete(transfer);
    if (transfer.settled) this.#settled.add(transfer);
    else if (transfer.isOpening) this.#openings.add(transfer);
  }

  /** The transfer that gives way to another when there are `limit`; none while all are there. */
  leastPresent(limit: number, nowMs: number): Transfer | undefined {
    for (const settled of this.#settled) return settled;
    const isCrowded = limit >= FEW_TRANSFERS && this.#openings.size > limit / 2;
    const patienceMs = isCrowded ? CROWDED_YIELDS_AFTER_MS : OPENING_YIELDS_AFTER_MS;
    for (const opening of this.#openings) {
      if (opening.silentMs(nowMs) >= patienceMs) return opening;
      break;
    }
    return this.#longestSilent(nowMs);
  }

  #longestSilent(nowMs: number): Transfer | undefined {
    // A flood of requests must not cause as many looks at all transfers.
    if (nowMs < this.#noneYieldsBeforeMs) return undefined;
    let least: Transfer | undefined;
    let mostMs = 0;
    for (const transfer of this.#all) {
      const silentMs = transfer.silentMs(nowMs);
      if (silentMs < mostMs) continue;
      least = transfer;
      mostMs = silentMs;
    }
    if (mostMs >= YIELDS_AFTER_MS) return least;
    this.#noneYieldsBeforeMs = nowMs + YIELDS_AFTER_MS - mostMs;
    return undefined;
  }
}
