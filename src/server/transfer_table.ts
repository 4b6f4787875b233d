/** All transfers that have not ended: by client address and port, and by address alone. Pure. */

import type { Address, RequestPacket } from "../protocol/mod.ts";
import { type AddressKey, addressKey } from "../engine/address.ts";
import { type Link, LinkedList } from "../engine/linked_list.ts";
import type { Transfer } from "./transfer.ts";
import { TransferGroup } from "./transfer_group.ts";

export class TransferTable {
  /** Those that count for the limits. */
  readonly counted = new TransferGroup();
  /** The newest of each client. */
  readonly #byKey = new Map<AddressKey, Link<Transfer>>();
  /** Those that no longer count: newer transfers of their clients have replaced them. */
  readonly #released = new LinkedList<Transfer>();
  readonly #byClient = new Map<string, TransferGroup>();

  get size(): number {
    return this.#byKey.size;
  }

  /** Number of transfers held, counted or not. */
  get held(): number {
    return this.counted.size + this.#released.size;
  }

  /** Number of clients with transfers. */
  get clients(): number {
    return this.#byClient.size;
  }

  all(): Transfer[] {
    const all: Transfer[] = [];
    this.counted.forEach((transfer) => all.push(transfer));
    this.#released.forEach((transfer) => all.push(transfer));
    return all;
  }

  get(client: Address): Transfer | undefined {
    return this.#byKey.get(addressKey(client))?.value;
  }

  /** The counted transfers of a client, on all its ports. */
  of(hostname: string): TransferGroup | undefined {
    return this.#byClient.get(hostname);
  }

  add({ client, link, clientLink }: Transfer): void {
    this.#byKey.set(addressKey(client), link);
    this.counted.add(link);
    let group = this.#byClient.get(client.hostname);
    if (!group) this.#byClient.set(client.hostname, group = new TransferGroup());
    group.add(clientLink);
  }

  /** A transfer has received a packet or has settled. */
  update({ client, link, clientLink }: Transfer): void {
    this.counted.update(link);
    this.#byClient.get(client.hostname)?.update(clientLink);
  }

  /** Removes a transfer that has ended; one that has taken its place stays. */
  remove(transfer: Transfer): void {
    this.#forget(transfer);
    const { link, clientLink } = transfer;
    link.list?.remove(link);
    link.value = clientLink.value = undefined;
  }

  /** A transfer no longer counts, but still receives late packets. */
  release(transfer: Transfer): void {
    // One that is over is not held.
    if (transfer.link.value === undefined) return;
    this.#forget(transfer);
    this.#released.append(transfer.link);
  }

  /** A transfer is no longer found by its client. */
  #forget({ client, link, clientLink }: Transfer): void {
    const key = addressKey(client);
    if (this.#byKey.get(key) === link) this.#byKey.delete(key);
    const group = this.#byClient.get(client.hostname);
    group?.delete(clientLink);
    if (group?.size === 0) this.#byClient.delete(client.hostname);
  }

  /** Tells other transfers of the same client and file, on other ports, of this request. */
  notePortChange({ opcode, filename }: RequestPacket, client: Address): void {
    const group = this.#byClient.get(client.hostname);
    if (!group) return;
    group.forEach((transfer) => {
      if (transfer.client.port === client.port) return;
      if (transfer.isSameFile(opcode, filename)) transfer.notePortChange(client);
    });
  }
}
