/**
 * Transfers that share a limit, those of one client or all, and which of them ends when the limit
 * is reached: the one with the least sign that its client is there. Pure.
 */

import type { Transfer } from "./transfer.ts";

/** Silence after which a transfer in progress may end for another. */
const YIELDS_AFTER_MS = 5000;

/** The same for one at its first packets, which is less likely to have a client. */
const OPENING_YIELDS_AFTER_MS = 1000;

/** The same where most are at their first packets. That is a flood, and most answers are faster. */
const CROWDED_YIELDS_AFTER_MS = 100;

/** Below this limit, a few clients that start together are no flood. */
const FEW_TRANSFERS = 16;

export class TransferGroup {
  readonly #all = new Set<Transfer>();
  /** Transfers at their first packets, the longest silent first. */
  readonly #openings = new Set<Transfer>();
  /** Complete uploads that only repeat their last ACK. */
  readonly #settled = new Set<Transfer>();
  /** Before this time, no transfer in progress has been silent for long enough. */
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

  /** A transfer has received a packet or has settled. */
  update(transfer: Transfer): void {
    if (!this.#all.has(transfer)) return;
    this.#openings.delete(transfer);
    if (transfer.settled) this.#settled.add(transfer);
    else if (transfer.isOpening) this.#openings.add(transfer);
  }

  /** The transfer to end for a new one when there are `limit`; none while all have clients. */
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
    // A flood of requests must not cause a search through all transfers each time.
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
