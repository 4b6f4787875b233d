/** Limits on the size of all uploads together, and of one upload. */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { LocalFileError } from "../engine/errors.ts";
import type { FileSink } from "../files/file_sink.ts";
import { chargeOf, stockOf } from "../files/leftovers.ts";

/** The folder is scanned again at most this often, to find what others have removed. */
const RECOUNT_MS = 5000;

/** After so long it is scanned even if there seems to be room: others may have added files. */
const STALE_MS = 60_000;

/** Scanning takes at most one part in so many of the time. */
const RECOUNT_SHARE = 100;

/** Bytes of shared memory that an `UploadQuota` needs. */
export const QUOTA_BYTES = 32;

/** A thread needs the lock for microseconds; only a thread that has died keeps it longer. */
const MAX_WAIT_MS = 5000;

/** Indexes of the figures, which are whole numbers: exact in a double up to 2^53. */
const KEPT = 1;
const UNDER_WAY = 2;
/** Total growth of the folder so far: shows what was added during a scan. */
const GROWN = 3;

/** The state of the lock, in the bytes before the figures. */
const LOCK = 0;
/** Whether a thread has scanned the folder. */
const COUNTED = 1;

/**
 * Counts what a folder holds and what is on its way there. Bytes are reserved before they are
 * checked, so the folder never holds more than allowed, even if uploads end at the same moment.
 *
 * Threads that have the same memory count together.
 */
export class UploadQuota {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #state: Int32Array;
  readonly #figures: Float64Array;
  #countedMs = -Infinity;
  #recountMs = RECOUNT_MS;

  /** `now` returns monotonic milliseconds. */
  constructor(folder: string, now: () => number, memory = new SharedArrayBuffer(QUOTA_BYTES)) {
    this.#folder = folder;
    this.#now = now;
    this.#state = new Int32Array(memory, 0, 2);
    this.#figures = new Float64Array(memory, 0, 4);
  }

  /** Bytes stored or reserved; undefined before the first upload, which starts the count. */
  get used(): number | undefined {
    if (Atomics.load(this.#state, COUNTED) !== 1) return undefined;
    return this.#alone((figures) => figures[KEPT]! + figures[UNDER_WAY]!);
  }

  /** Whether another file of this size would fit; scans again before it says no. */
  fits(bytes: number, limit: number): boolean {
    return this.#grow(chargeOf(bytes), limit, { reserve: false });
  }

  /** Reserves so many bytes for a file that has no name yet, if they fit. */
  reserve(bytes: number, limit: number): boolean {
    return this.#grow(bytes, limit, { reserve: true });
  }

  /** Releases a reservation. */
  release(reserved: number): void {
    this.#alone((figures) => void (figures[UNDER_WAY]! -= reserved));
  }

  /**
   * Turns a reservation into a file of so many bytes. `step` gives the file its name and returns
   * the size of the file that it replaced. No other thread does so at the same time.
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
    // A scan by another thread is as good.
    const isCounted = Atomics.load(this.#state, COUNTED) === 1;
    if (isCounted && this.#countedMs === -Infinity) this.#countedMs = this.#now();
    if (this.#now() - this.#countedMs > Math.max(STALE_MS, this.#recountMs)) this.#count();
    if (tryOnce()) return true;
    if (this.#now() - this.#countedMs < this.#recountMs) return false;
    this.#count();
    return tryOnce();
  }

  /** Files that get their names during the scan are added, though it may have seen them too. */
  #count(): void {
    const begunMs = this.#now();
    const grown = this.#alone((figures) => figures[GROWN]!);
    const bytes = stockOf(this.#folder);
    this.#alone((figures) => void (figures[KEPT] = bytes + figures[GROWN]! - grown));
    Atomics.store(this.#state, COUNTED, 1);
    this.#countedMs = this.#now();
    this.#recountMs = Math.max(RECOUNT_MS, RECOUNT_SHARE * (this.#countedMs - begunMs));
  }

  /** Runs a step while no other thread reads or changes the figures. */
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

/** A file that may not grow beyond its limits. */
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

  /** Makes sure that a file of so many bytes has room. */
  #reserve(bytes: number): boolean {
    const { uploadQuota } = this.#limits;
    const more = chargeOf(bytes) - this.#reserved;
    if (uploadQuota === undefined || more <= 0) return true;
    if (!this.#quota.reserve(more, uploadQuota)) return false;
    this.#reserved += more;
    return true;
  }

  /** A file that was not stored in the folder takes no room there. */
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
