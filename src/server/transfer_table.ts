/** All transfers that have not ended: by client address and port, and by address alone. Pure. */

import type { Address, RequestPacket } from "../protocol/mod.ts";
import { type AddressKey, addressKey } from "../engine/address.ts";
import type { Transfer } from "./transfer.ts";
import { type TransferEntry, TransferGroup, transfersOf } from "./transfer_group.ts";

/** Empty groups kept: as many clients as come and go at once while small files are served. */
const MAX_UNUSED_GROUPS = 64;

export class TransferTable {
  /** Those that count for the limits. */
  readonly counted = new TransferGroup();
  readonly #byKey = new Map<AddressKey, TransferEntry>();
  /** These, and those that newer transfers of their clients have replaced. */
  readonly #all = new Set<TransferEntry>();
  readonly #byClient = new Map<string, TransferGroup>();
  /** For the next clients: the tables of a group are a tenth of what a small transfer allocates. */
  readonly #unused: TransferGroup[] = [];

  get size(): number {
    return this.#byKey.size;
  }

  /** Number of transfers held, counted or not. */
  get held(): number {
    return this.#all.size;
  }

  /** Number of clients with transfers. */
  get clients(): number {
    return this.#byClient.size;
  }

  all(): Transfer[] {
    return transfersOf(this.#all);
  }

  get(client: Address): Transfer | undefined {
    return this.#byKey.get(addressKey(client))?.transfer;
  }

  /** Number of counted transfers of a client, on all its ports. */
  of(hostname: string): TransferGroup | undefined {
    return this.#byClient.get(hostname);
  }

  add(transfer: Transfer): void {
    const { client, entry } = transfer;
    this.#byKey.set(addressKey(client), entry);
    this.#all.add(entry);
    this.counted.add(transfer);
    const group = this.#byClient.get(client.hostname) ?? this.#unused.pop() ??
      new TransferGroup();
    this.#byClient.set(client.hostname, group);
    group.add(transfer);
  }

  /** A transfer has received a packet or has settled. */
  update(transfer: Transfer): void {
    this.counted.update(transfer);
    this.#byClient.get(transfer.client.hostname)?.update(transfer);
  }

  /** Removes a transfer that has ended; one that has taken its place stays. */
  remove(transfer: Transfer): void {
    this.#all.delete(transfer.entry);
    this.release(transfer);
    transfer.entry.transfer = undefined;
  }

  /** A transfer no longer counts, but still receives late packets. */
  release(transfer: Transfer): void {
    const { client, entry } = transfer;
    const key = addressKey(client);
    if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
    this.counted.delete(transfer);
    const group = this.#byClient.get(client.hostname);
    group?.delete(transfer);
    if (group?.size !== 0) return;
    this.#byClient.delete(client.hostname);
    if (this.#unused.length < MAX_UNUSED_GROUPS) this.#unused.push(group);
  }

  /** Tells other transfers of the same client and file, on other ports, of this request. */
  notePortChange({ opcode, filename }: RequestPacket, client: Address): void {
    const group = this.#byClient.get(client.hostname);
    if (!group) return;
    for (const { transfer } of group.all) {
      if (transfer?.client.port === client.port) continue;
      if (transfer?.isSameFile(opcode, filename)) transfer.notePortChange(client);
    }
  }
}
