/**
 * Every transfer that has not ended: by its client's address and port, and by its address alone.
 * Pure.
 */

import type { Address, RequestPacket } from "../protocol/mod.ts";
import { addressKey } from "../engine/address.ts";
import type { Transfer } from "./transfer.ts";
import { TransferGroup } from "./transfer_group.ts";

export class TransferTable {
  /** Those that count. */
  readonly counted = new TransferGroup();
  readonly #byKey = new Map<string, Transfer>();
  /** These, and those that newer ones of their clients have replaced. */
  readonly #all = new Set<Transfer>();
  readonly #byClient = new Map<string, TransferGroup>();

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

  /** Transfers of a client that count, whatever its ports. */
  of(hostname: string): TransferGroup | undefined {
    return this.#byClient.get(hostname);
  }

  add(transfer: Transfer): void {
    const { client } = transfer;
    this.#byKey.set(addressKey(client), transfer);
    this.#all.add(transfer);
    this.counted.add(transfer);
    const group = this.#byClient.get(client.hostname) ?? new TransferGroup();
    this.#byClient.set(client.hostname, group);
    group.add(transfer);
  }

  /** A transfer was heard of or has settled. */
  update(transfer: Transfer): void {
    this.counted.update(transfer);
    this.#byClient.get(transfer.client.hostname)?.update(transfer);
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
    this.counted.delete(transfer);
    const group = this.#byClient.get(client.hostname);
    group?.delete(transfer);
    if (group?.size === 0) this.#byClient.delete(client.hostname);
  }

  /** Tells of a request the transfers of the same file that its client has on other ports. */
  supersede({ opcode, filename }: RequestPacket, client: Address): void {
    const group = this.#byClient.get(client.hostname);
    if (!group) return;
    for (const transfer of group.all) {
      if (transfer.client.port !== client.port && transfer.isSameFile(opcode, filename)) {
        transfer.supersede(client);
      }
    }
  }
}
