/** What each client has requested recently, by address; a bounded number of them. Pure. */

import { BoundedMap } from "../engine/bounded_map.ts";
import type { RefusalRecord, TransferRecord } from "../server/log_record.ts";

/** Clients kept; the one that was silent for the longest time is removed first. */
export const MAX_CLIENTS = 200;

/**
 * What is known of one client.
 *
 * ```ts
 * import type { ClientRow } from "@tftp/tftp";
 *
 * // Clients that get nothing whole: what a status document is often looked at for.
 * const stuck = (rows: readonly Pick<ClientRow, "client" | "done" | "failed">[]) =>
 *   rows.filter(({ done, failed }) => done === 0 && failed > 0).map(({ client }) => client);
 * const found = stuck([{ client: "10.0.0.7", done: 0, failed: 3 }]);
 * if (found.join() !== "10.0.0.7") throw new Error(found.join());
 * ```
 */
export interface ClientRow {
  /** Its address, without a port. */
  readonly client: string;
  /** Transfers that were completed. */
  readonly done: number;
  /** Transfers that failed. */
  readonly failed: number;
  /** Requests that were refused. */
  readonly refused: number;
  /** Bytes of its downloads and uploads. */
  readonly bytes: number;
  /** Packets that were retransmitted to it. */
  readonly retransmits: number;
  /** When it was last heard from, in ISO 8601. */
  readonly lastSeen: string;
}

type Row = { -readonly [Key in keyof Omit<ClientRow, "lastSeen">]: ClientRow[Key] } & {
  seenMs: number;
};

export class ClientTable {
  readonly #rows = new BoundedMap<string, Row>(MAX_CLIENTS);

  transferred(record: TransferRecord, nowMs: number): void {
    const row = this.#row(record.client, nowMs);
    if (record.result === "done") row.done++;
    if (record.result === "failed") row.failed++;
    row.bytes += record.bytes;
    row.retransmits += record.retransmits;
  }

  refused({ client }: RefusalRecord, nowMs: number): void {
    this.#row(client, nowMs).refused++;
  }

  /** The most recently heard one comes first. */
  get rows(): readonly ClientRow[] {
    return this.#rows.values.reverse().map(({ seenMs, ...row }) => ({
      ...row,
      lastSeen: new Date(seenMs).toISOString(),
    }));
  }

  #row(client: string, nowMs: number): Row {
    const address = addressOf(client);
    const row = this.#rows.get(address) ?? {
      client: address,
      ...{ done: 0, failed: 0, refused: 0, bytes: 0, retransmits: 0 },
      seenMs: nowMs,
    };
    row.seenMs = nowMs;
    this.#rows.set(address, row);
    return row;
  }
}

/** `10.0.0.7` for `10.0.0.7:2070`, `fd00::7` for `[fd00::7]:2070`. */
export function addressOf(client: string): string {
  return client.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
