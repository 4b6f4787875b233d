/**
 * Every transfer that has not ended: by its client's address and port, and by its address alone.
 * Pure.
 */

import type { Address, RequestPacket } from "../protocol/mod.ts";
import { addressKey } from "../engine/address.ts";
import type { Transfer } from "./transfer.ts";

export class TransferTable {
  readonly #byKey = new Map<string, Transfer>();
  /** These, and those that newer ones of their clients have replaced. */
  readonly #all = new Set<Transfer>();
  readonly #byClient = new Map<string, Set<Transfer>>();

  get size(): number {
    return this.#byKey.size;
  }

  /** Transfers that are held, counting or not. */
  get held(): number {
    return this.#all.size;
  }

  /** Clients that have transfers. */
  get clients(): number {
    return this.#byClient.size;
  }

  all(): Transfer[] {
    return [...this.#all];
  }

  get(client: Address): Transfer | undefined {
    return this.#byKey.get(addressKey(client));
  }

  /** Transfers of a client, whatever its ports. */
  countOf(hostname: string): number {
    return this.#byClient.get(hostname)?.size ?? 0;
  }

  add(transfer: Transfer): void {
    const { client } = transfer;
    this.#byKey.set(addressKey(client), transfer);
    this.#all.add(transfer);
    const set = this.#byClient.get(client.hostname) ?? new Set();
    this.#byClient.set(client.hostname, set.add(transfer));
  }

  /** Forgets a transfer that has ended; one that has taken its place stays. */
  remove(transfer: Transfer): void {
    this.#all.delete(transfer);
    this.release(transfer);
  }

  /** A transfer counts no longer, though it is still told what comes late. */
  release(transfer: Transfer): void {
    const { client } = transfer;
    const key = addressKey(client);
    if (this.#byKey.get(key) === transfer) this.#byKey.delete(key);
    const set = this.#byClient.get(client.hostname);
    set?.delete(transfer);
    if (set?.size === 0) this.#byClient.delete(client.hostname);
  }

  /** Transfers of the same file on other ports of the client. */
  sameFile({ opcode, filename }: RequestPacket, client: Address): Transfer[] {
    const set = this.#byClient.get(client.hostname) ?? [];
    return [...set].filter((transfer) =>
      transfer.client.port !== client.port && transfer.isSameFile(opcode, filename)
    );
  }

  /** The oldest transfer whose client was never heard since it asked. */
  oldestUnheard(): Transfer | undefined {
    for (const transfer of this.#byKey.values()) if (!transfer.heard) return transfer;
    return undefined;
  }

  /** The transfer whose client was silent for the longest time. */
  longestSilent(nowMs: number): Transfer | undefined {
    let least: Transfer | undefined;
    let silentMs = 0;
    for (const transfer of this.#byKey.values()) {
      const ms = transfer.silentMs(nowMs);
      if (least && ms <= silentMs) continue;
      least = transfer;
      silentMs = ms;
    }
    return least;
  }
}
