/**
 * What one thread of a server tells whoever watches: how far its transfers are, and what has been
 * moved so far. It looks at them when it is asked, twice a second at most, and counts once for each
 * transfer; datagrams cost nothing. Pure.
 */

import { Opcode } from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import type { TransferRecord } from "./log_record.ts";
import type { Transfer } from "./transfer.ts";

/** Running transfers that a sample tells of one by one, the oldest first; all of them count. */
export const MAX_SHOWN = 200;

/** What has been moved in one direction, all transfers together, those that run included. */
export interface Moved {
  /** Bytes of files. */
  readonly bytes: number;
  /** DATA blocks, each once. */
  readonly blocks: number;
  /** Packets that were sent again: DATA of what is fetched, ACKs of what is sent here. */
  readonly retransmits: number;
}

/** A transfer under way. The names of its fields are those of the log in JSON. */
export interface RunningTransfer {
  /** Tells it from every other transfer of the server. */
  readonly id: number;
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client fetches or sends. */
  readonly op: "get" | "put";
  /** As the client sent it; may hold anything. */
  readonly file: string;
  /** As the client named it, in lower case. */
  readonly mode: string;
  /** Bytes of the file that are acknowledged so far. */
  readonly bytes: number;
  /** Bytes that the file has; absent where that is not known. */
  readonly size?: number;
  /** Since its request, in milliseconds. */
  readonly durationMs: number;
  /** Bytes of a block. */
  readonly blksize: number;
  /** Blocks of a window. */
  readonly windowsize: number;
  /** Packets that were sent again. */
  readonly retransmits: number;
  /** From the first answer to what came back for it, in milliseconds. */
  readonly rttMs?: number;
}

/** What one thread tells. */
export interface ThreadSample {
  /** When, in milliseconds by the thread's own clock. */
  readonly atMs: number;
  /** Transfers that run. */
  readonly transfers: number;
  /** Clients that these belong to. */
  readonly clients: number;
  /** Requests that wait to be dealt with. */
  readonly waiting: number;
  /** Transfers that run, {@linkcode MAX_SHOWN} at most. */
  readonly running: readonly RunningTransfer[];
  readonly get: Moved;
  readonly put: Moved;
  /** Files that were asked for and were in memory. */
  readonly cacheHits: number;
  /** Files that were asked for and were not, those included that do not exist. */
  readonly cacheMisses: number;
  /** Bytes that count for the quota of uploads; absent where none is counted. */
  readonly quotaUsed?: number;
}

/** What a sample tells that no transfer does. */
export type Surroundings = Pick<
  ThreadSample,
  "clients" | "waiting" | "cacheHits" | "cacheMisses" | "quotaUsed"
>;

/** Which of a server's threads this is, so that no two give a transfer the same number. */
export interface ThreadPlace {
  readonly index: number;
  readonly count: number;
}

interface Watched {
  readonly id: number;
  readonly begunMs: number;
}

type Sum = { -readonly [Key in keyof Moved]: number };

export class Sampler {
  readonly #place: ThreadPlace;
  readonly #running = new Map<Transfer, Watched>();
  readonly #ended = { get: noneMoved(), put: noneMoved() };
  #count = 0;

  constructor(place: ThreadPlace = { index: 0, count: 1 }) {
    this.#place = place;
  }

  begun(transfer: Transfer, nowMs: number): void {
    const { index, count } = this.#place;
    this.#running.set(transfer, { id: this.#count++ * count + index, begunMs: nowMs });
  }

  /** Counts what has settled, and gives its record the number that samples knew it by. */
  settled(record: TransferRecord, transfer: Transfer): TransferRecord {
    const watched = this.#running.get(transfer);
    this.#running.delete(transfer);
    addTo(this.#ended[directionOf(transfer)], transfer, record.result === "done");
    return watched ? { ...record, id: watched.id } : record;
  }

  sample(nowMs: number, surroundings: Surroundings): ThreadSample {
    const { get, put } = this.#ended;
    const sums = { get: { ...get }, put: { ...put } };
    const running: RunningTransfer[] = [];
    for (const [transfer, watched] of this.#running) {
      addTo(sums[directionOf(transfer)], transfer);
      if (running.length < MAX_SHOWN) running.push(rowOf(transfer, watched, nowMs));
    }
    return { atMs: nowMs, transfers: this.#running.size, running, ...sums, ...surroundings };
  }
}

function noneMoved(): Sum {
  return { bytes: 0, blocks: 0, retransmits: 0 };
}

/** What is acknowledged is counted; the last block of a whole file may be short, or empty. */
function addTo(sum: Sum, { machine }: Transfer, isWhole = false): void {
  if (!machine?.agreement) return;
  const { bytes, retransmits, agreement: { blksize } } = machine;
  sum.bytes += bytes;
  sum.blocks += isWhole ? Math.floor(bytes / blksize) + 1 : Math.ceil(bytes / blksize);
  sum.retransmits += retransmits;
}

function directionOf({ request }: Transfer): "get" | "put" {
  return request.opcode === Opcode.RRQ ? "get" : "put";
}

function rowOf(transfer: Transfer, { id, begunMs }: Watched, nowMs: number): RunningTransfer {
  const { machine, request, presence: { rttMs } } = transfer;
  const size = transfer.file?.size ?? machine?.agreement?.tsize;
  return {
    id,
    client: formatAddress(transfer.client),
    op: directionOf(transfer),
    file: request.filename,
    mode: request.mode.toLowerCase(),
    bytes: machine?.bytes ?? 0,
    ...(size === undefined ? {} : { size }),
    durationMs: Math.round(nowMs - begunMs),
    blksize: machine?.agreement?.blksize ?? 512,
    windowsize: machine?.agreement?.windowsize ?? 1,
    retransmits: machine?.retransmits ?? 0,
    ...(rttMs === undefined ? {} : { rttMs: Math.round(rttMs * 100) / 100 }),
  };
}
