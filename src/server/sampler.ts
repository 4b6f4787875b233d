/**
 * Samples of one thread of a server: the progress of its transfers, and totals so far. It looks at
 * them when asked, at most twice a second, and counts once per transfer; datagrams cost nothing.
 * Pure.
 */

import { Opcode } from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import type { LoggedTransfer } from "./log_record.ts";
import type { Transfer } from "./transfer.ts";

/** Running transfers that a sample lists, the oldest first; all of them are counted. */
export const MAX_SHOWN = 200;

/**
 * Totals of one direction, over all transfers, running ones included.
 *
 * ```ts
 * import type { Moved } from "@tftp/tftp";
 *
 * const lostShare = ({ blocks, retransmits }: Moved) => retransmits / Math.max(1, blocks);
 * const share = lostShare({ bytes: 1_428_000, blocks: 1000, retransmits: 20 });
 * if (share !== 0.02) throw new Error(`${share}`);
 * ```
 */
export interface Moved {
  /** Bytes of files. */
  readonly bytes: number;
  /** DATA blocks, each counted once. */
  readonly blocks: number;
  /** Packets that were retransmitted: DATA of downloads, ACKs of uploads. */
  readonly retransmits: number;
}

/**
 * A running transfer. Its fields have the names of the log in JSON.
 *
 * ```ts
 * import type { RunningTransfer } from "@tftp/tftp";
 *
 * const percentOf = ({ bytes, size }: Pick<RunningTransfer, "bytes" | "size">) =>
 *   size === undefined ? "unknown" : `${Math.floor(100 * bytes / Math.max(1, size))} %`;
 * const done = percentOf({ bytes: 750_000, size: 1_000_000 });
 * if (done !== "75 %") throw new Error(done);
 * ```
 */
export interface RunningTransfer {
  /** A number that no other transfer of the server has. */
  readonly id: number;
  /** Address and port, such as `10.0.0.7:2070`. */
  readonly client: string;
  /** Whether the client downloads or uploads. */
  readonly op: "get" | "put";
  /** As the client sent it; may contain anything. */
  readonly file: string;
  /** The transfer mode as the client sent it, in lower case. */
  readonly mode: string;
  /** Bytes of the file acknowledged so far. */
  readonly bytes: number;
  /** Size of the file in bytes; absent where it is not known. */
  readonly size?: number;
  /** Time since its request, in milliseconds. */
  readonly durationMs: number;
  /** Bytes of a block. */
  readonly blksize: number;
  /** Blocks of a window. */
  readonly windowsize: number;
  /** Packets that were retransmitted. */
  readonly retransmits: number;
  /** Round trip of the first answer, in milliseconds. */
  readonly rttMs?: number;
}

/** One sample of one thread. */
export interface ThreadSample {
  /** Time of the sample, in milliseconds of the thread's own clock. */
  readonly atMs: number;
  /** Number of running transfers. */
  readonly transfers: number;
  /** Number of clients of these. */
  readonly clients: number;
  /** Number of requests in the queue. */
  readonly waiting: number;
  /** Running transfers, {@linkcode MAX_SHOWN} at most. */
  readonly running: readonly RunningTransfer[];
  readonly get: Moved;
  readonly put: Moved;
  /** Requested files that were in the cache. */
  readonly cacheHits: number;
  /** Requested files that were not in the cache, missing ones included. */
  readonly cacheMisses: number;
  /** Bytes that count for the upload quota; absent where there is none. */
  readonly quotaUsed?: number;
}

/** Figures of the thread that belong to no single transfer. */
export type ThreadFigures = Pick<
  ThreadSample,
  "clients" | "waiting" | "cacheHits" | "cacheMisses" | "quotaUsed"
>;

/** Which thread of a server this is, so that no two give a transfer the same number. */
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

  /** Counts a transfer that has settled, and adds its number to its record. */
  settled(record: LoggedTransfer, transfer: Transfer): LoggedTransfer {
    const watched = this.#running.get(transfer);
    this.#running.delete(transfer);
    addTo(this.#ended[directionOf(transfer)], transfer, record.result === "done");
    return watched ? { ...record, id: watched.id } : record;
  }

  sample(nowMs: number, figures: ThreadFigures): ThreadSample {
    const { get, put } = this.#ended;
    const sums = { get: { ...get }, put: { ...put } };
    const running: RunningTransfer[] = [];
    for (const [transfer, watched] of this.#running) {
      addTo(sums[directionOf(transfer)], transfer);
      if (running.length < MAX_SHOWN) running.push(rowOf(transfer, watched, nowMs));
    }
    return { atMs: nowMs, transfers: this.#running.size, running, ...sums, ...figures };
  }
}

function noneMoved(): Sum {
  return { bytes: 0, blocks: 0, retransmits: 0 };
}

/** Counts acknowledged blocks; the last block of a complete file may be short, or empty. */
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
