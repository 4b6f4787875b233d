/**
 * Transfers that share a limit, those of one client or all, and which of them ends when the limit
 * is reached: the one with the least sign that its client is there. Pure.
 */

import { type Link, LinkedList } from "../engine/linked_list.ts";
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
  /** Transfers at their first packets, the longest silent first. */
  readonly #openings = new LinkedList<Transfer>();
  readonly #others = new LinkedList<Transfer>();
  /** Complete uploads that only repeat their last ACK. */
  readonly #settled = new LinkedList<Transfer>();
  /** Before this time, no transfer in progress has been silent for long enough. */
  #noneYieldsBeforeMs = -Infinity;

  get size(): number {
    return this.#openings.size + this.#others.size + this.#settled.size;
  }

  /** Calls back with each transfer. */
  forEach(callback: (transfer: Transfer) => void): void {
    this.#openings.forEach(callback);
    this.#others.forEach(callback);
    this.#settled.forEach(callback);
  }

  /** Adds a transfer, and removes it from where it was. */
  add(link: Link<Transfer>): void {
    const { settled, presence } = link.value!;
    if (settled) this.#settled.append(link);
    else if (presence.isOpening) this.#openings.append(link);
    else this.#others.append(link);
  }

  delete(link: Link<Transfer>): void {
    if (this.#has(link)) link.list!.remove(link);
  }

  /** A transfer has received a packet or has settled. */
  update(link: Link<Transfer>): void {
    if (this.#has(link)) this.add(link);
  }

  /** The transfer to end for a new one when there are `limit`; none while all have clients. */
  leastPresent(limit: number, nowMs: number): Transfer | undefined {
    if (this.#settled.first) return this.#settled.first.value;
    const isCrowded = limit >= FEW_TRANSFERS && this.#openings.size > limit / 2;
    const patienceMs = isCrowded ? CROWDED_YIELDS_AFTER_MS : OPENING_YIELDS_AFTER_MS;
    const opening = this.#openings.first?.value;
    if (opening && opening.silentMs(nowMs) >= patienceMs) return opening;
    return this.#longestSilent(nowMs);
  }

  #longestSilent(nowMs: number): Transfer | undefined {
    // A flood of requests must not cause a search through all transfers each time.
    if (nowMs < this.#noneYieldsBeforeMs) return undefined;
    let least: Transfer | undefined;
    let mostMs = 0;
    this.forEach((transfer) => {
      const silentMs = transfer.silentMs(nowMs);
      if (silentMs < mostMs) return;
      least = transfer;
      mostMs = silentMs;
    });
    if (mostMs >= YIELDS_AFTER_MS) return least;
    this.#noneYieldsBeforeMs = nowMs + YIELDS_AFTER_MS - mostMs;
    return undefined;
  }

  #has({ list }: Link<Transfer>): boolean {
    return list === this.#openings || list === this.#others || list === this.#settled;
  }
}
