/** How much uploads may take up in all, and how much one may. */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Sink } from "../engine/ends.ts";
import { LocalFileError } from "../engine/errors.ts";
import type { FileSink } from "../files/file_sink.ts";
import { chargeOf, stockOf } from "../files/leftovers.ts";

/** The folder is looked through again at most this often, to find what others have removed. */
const RECOUNT_MS = 5000;

/** After so long it is looked through even if there seems to be room: others may have added. */
const STALE_MS = 60_000;

/** Looking through takes no more than one part in so many of the time. */
const RECOUNT_SHARE = 100;

/** What an `UploadQuota` needs of memory that several threads share. */
export const QUOTA_BYTES = 32;

/** Whoever counts is done within microseconds; only a thread that has died takes longer. */
const MAX_WAIT_MS = 5000;

/** Where the figures are: whole numbers, as exact as a double holds them, up to 2^53. */
const KEPT = 1;
const UNDER_WAY = 2;
/** All by which the folder has ever grown: it tells what came while it was looked through. */
const GROWN = 3;

/** The state of the lock, in the bytes before the figures. */
const LOCK = 0;
/** Whether some thread has counted the folder. */
const COUNTED = 1;

/**
 * Counts what a folder holds and what is on its way there. What is reserved counts before it is
 * checked, so that the folder never holds more than allowed, whatever ends at the same moment.
 *
 * Threads that are given the same memory count together.
 */
export class UploadQuota {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #state: Int32Array;
  readonly #figures: Float64Array;
  #countedMs = -Infinity;
  #recountMs = RECOUNT_MS;

  /** `now` gives milliseconds that never run backwards. */
  constructor(folder: string, now: () => number, memory = new SharedArrayBuffer(QUOTA_BYTES)) {
    this.#folder = folder;
    this.#now = now;
    this.#state = new Int32Array(memory, 0, 2);
    this.#figures = new Float64Array(memory, 0, 4);
  }

  /** Bytes that are there or under way; undefined before the first upload, which counts them. */
  get used(): number | undefined {
    if (Atomics.load(this.#state, COUNTED) !== 1) return undefined;
    return this.#alone((figures) => figures[KEPT]! + figures[UNDER_WAY]!);
  }

  /** Whether another file of so many bytes would fit; looks again before it says no. */
  fits(bytes: number, limit: number): boolean {
    return this.#grow(chargeOf(bytes), limit, { reserve: false });
  }

  /** Makes sure of so many bytes for a file that has no name yet, if they fit. */
  reserve(bytes: number, limit: number): boolean {
    return this.#grow(bytes, limit, { reserve: true });
  }

  /** What was reserved is not needed. */
  release(reserved: number): void {
    this.#alone((figures) => void (figures[UNDER_WAY]! -= reserved));
  }

  /**
   * What was reserved becomes a file of so many bytes by `step`, which tells the size of the file
   * that is gone by it. Nobody else's step comes between.
   */
  settle(reserved: number, bytes: number, step: () => number | undefined): void {
    this.#alone((figures) => {
      const gone = step();
      const change = chargeOf(bytes) - (gone === undefined ? 0 : chargeOf(gone));
      figures[UNDER_WAY]! -= reserved;
      figures[KEPT]! += change;
      figures[GROWN]! += Math.max(0, change);
    });
  }

  #grow(bytes: number, limit: number, { reserve }: { reserve: boolean }): boolean {
    const tryOnce = () =>
      this.#alone((figures) => {
        if (figures[KEPT]! + figures[UNDER_WAY]! + bytes > limit) return false;
        if (reserve) figures[UNDER_WAY]! += bytes;
        return true;
      });
    // What another thread has counted is as good.
    const isCounted = Atomics.load(this.#state, COUNTED) === 1;
    if (isCounted && this.#countedMs === -Infinity) this.#countedMs = this.#now();
    if (this.#now() - this.#countedMs > Math.max(STALE_MS, this.#recountMs)) this.#count();
    if (tryOnce()) return true;
    if (this.#now() - this.#countedMs < this.#recountMs) return false;
    this.#count();
    return tryOnce();
  }

  /** Files that get their names meanwhile count, though they may have been seen too. */
  #count(): void {
    const begunMs = this.#now();
    const grown = this.#alone((figures) => figures[GROWN]!);
    const bytes = stockOf(this.#folder);
    this.#alone((figures) => void (figures[KEPT] = bytes + figures[GROWN]! - grown));
    Atomics.store(this.#state, COUNTED, 1);
    this.#countedMs = this.#now();
    this.#recountMs = Math.max(RECOUNT_MS, RECOUNT_SHARE * (this.#countedMs - begunMs));
  }

  /** Does something while no other thread reads or changes the figures. */
  #alone<T>(work: (figures: Float64Array) => T): T {
    const untilMs = this.#now() + MAX_WAIT_MS;
    while (Atomics.compareExchange(this.#state, LOCK, 0, 1) !== 0) {
      if (this.#now() > untilMs) {
        const message = "The counter of --upload-quota is locked by a thread that has stopped";
        throw new LocalFileError(message, this.#folder, ErrorCode.NotDefined);
      }
      Atomics.wait(this.#state, LOCK, 1, 1);
    }
    try {
      return work(this.#figures);
    } finally {
      Atomics.store(this.#state, LOCK, 0);
      Atomics.notify(this.#state, LOCK, 1);
    }
  }
}

export interface UploadLimits {
  readonly maxUpload?: number;
  readonly uploadQuota?: number;
}

/** A file that grows no further than allowed. */
export class LimitedSink implements Sink {
  readonly #sink: FileSink;
  readonly #quota: UploadQuota;
  readonly #limits: UploadLimits;
  #written = 0;
  #reserved = 0;
  #ended = false;

  /** Throws a local `TftpError` when not even an empty file fits. */
  constructor(sink: FileSink, quota: UploadQuota, limits: UploadLimits) {
    this.#sink = sink;
    this.#quota = quota;
    this.#limits = limits;
    if (!this.#reserve(0)) throw new TftpError("local", ErrorCode.DiskFull);
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    const { maxUpload = Infinity } = this.#limits;
    if (this.#written + bytes.length > maxUpload) {
      throw tooMuch("The upload is larger than --max-upload allows");
    }
    if (!this.#reserve(this.#written + bytes.length)) {
      throw tooMuch("The upload would exceed --upload-quota");
    }
    this.#written += bytes.length;
    return this.#sink.write(bytes);
  }

  commit(): void | PromiseLike<void> {
    const committed = this.#sink.commit((step) => this.#settle(this.#written, step));
    return committed ? committed.then(() => this.#release()) : this.#release();
  }

  abandon(): void {
    try {
      this.#sink.abandon();
    } finally {
      const { spoilt } = this.#sink;
      if (!this.#ended && spoilt) this.#settle(spoilt.left, () => spoilt.lost);
      this.#release();
    }
  }

  /** Sees to it that a file of so many bytes has room. */
  #reserve(bytes: number): boolean {
    const { uploadQuota } = this.#limits;
    const more = chargeOf(bytes) - this.#reserved;
    if (uploadQuota === undefined || more <= 0) return true;
    if (!this.#quota.reserve(more, uploadQuota)) return false;
    this.#reserved += more;
    return true;
  }

  /** A file that did not come to lie in the folder takes no room there any more. */
  #release(): void {
    if (!this.#ended) this.#quota.release(this.#reserved);
    this.#ended = true;
  }

  #settle(bytes: number, step: () => number | undefined): void {
    this.#quota.settle(this.#reserved, bytes, step);
    this.#ended = true;
  }
}

function tooMuch(message: string): LocalFileError {
  return new LocalFileError(message, "", ErrorCode.DiskFull);
}
