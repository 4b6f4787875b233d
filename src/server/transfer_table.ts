/**
 * Every transfer that has not ended: by its client's address and port, and by its address alone.
 */

import type { Address, RequestPacket } from "../protocol/mod.ts";
import type { ServedTransfer } from "./served_transfer.ts";
import { addressKey } from "../engine/address.ts";

export class TransferTable {
  readonly #byKey = new Map<string, ServedTransfer>();
  /** These, and those that newer ones of their clients have replaced. */
  readonly #all = new Set<ServedTransfer>();
  readonly #byClient = new Map<string, Set<ServedTransfer>>();

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

  all(): ServedTransfer[] {
    return [...this.#all];
  }

  get(client: Address): ServedTransfer | undefined {
    return this.#byKey.get(addressKey(client));
  }

  /** Transfers of a client, whatever its ports. */
  countOf(hostname: string): number {
    return this.#byClient.get(hostname)?.size ?? 0;
  }

  add(transfer: ServedTransfer): void {
    const { client } = transfer;
    this.#byKey.set(addressKey(client), transfer);
    this.#all.add(transfer);
    const set = this.#byClient.get(client.hostname) ?? new Set();
    this.#byClient.set(client.hostname, set.add(transfer));
  }

  /** Forgets a transfer that has ended; one that has taken its place stays. */
  remove(transfer: ServedTransfer): void {
    this.#all.delete(transfer);
    this.yield(transfer);
  }

  /** A transfer counts no longer, though it is still told what comes late. */
  yield(transfer: ServedTransfer): void {
    const { client } = transfer;
    const key = addressKey(client);
    if (this.#byKey.get(key) === transfer) this.#byKey.delete(key);
    const set = this.#byClient.get(client.hostname);
    set?.delete(transfer);
    if (set?.size === 0) this.#byClient.delete(client.hostname);
  }

  /** Transfers of the same file on other ports of the client. */
  sameFile({ opcode, filename }: RequestPacket, client: Address): ServedTransfer[] {
    const set = this.#byClient.get(client.hostname) ?? [];
    return [...set].filter((transfer) =>
      transfer.client.port !== client.port && transfer.isSameFile(opcode, filename)
    );
  }

  /** The oldest transfer whose client was never heard since it asked. */
  oldestUnheard(): ServedTransfer | undefined {
    for (const transfer of this.#byKey.values()) if (!transfer.heard) return transfer;
    return undefined;
  }
}
