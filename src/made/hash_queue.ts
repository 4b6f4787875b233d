/**
 * Computes checksums: of a few files at once, the others wait. A file is read once for all requests
 * that wait for it, and not for those that have been cancelled. What was computed is kept.
 */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import { BoundedMap } from "../engine/bounded_map.ts";
import type { FileRequest } from "../engine/handler.ts";
import type { Source } from "../engine/source_sink.ts";
import { Sha256 } from "../files/sha256.ts";

/** The largest file whose checksum is computed, in bytes: it takes some seconds. */
const MAX_HASHED_BYTES = 4 * 1024 ** 3;

/** Checksums kept. */
const MAX_KEPT = 1000;

/** Files that are read for checksums at once; the others wait. */
const MAX_AT_ONCE = 2;

/** Files that wait; further requests are refused, and the client may ask again. */
const MAX_WAITING = 100;

/** Those of them that one address has asked for first: others must find a place too. */
export const MAX_WAITING_OF_ONE = 10;

/**
 * How long a file is read on after its last client has given up, in milliseconds. A large one takes
 * longer than a client waits, and finds the result when it asks again.
 */
export const LINGER_MS = 60_000;

/** Bytes read at once: transfers have their turn between two reads. */
const PIECE_BYTES = 256 * 1024;

/** A file, and the requests that wait for its checksum. */
interface Job {
  readonly file: Source;
  /** What a later request finds the result by; undefined where it can't. */
  readonly key: string | undefined;
  /** The address that has asked first. */
  readonly address: string;
  readonly result: PromiseWithResolvers<string>;
  /** How many requests wait. */
  requests: number;
  /** When the last one was cancelled. */
  leftMs: number;
  isOver: boolean;
}

export class HashQueue {
  readonly #kept = new BoundedMap<string, string>(MAX_KEPT);
  /** Those that run or wait. */
  readonly #byKey = new Map<string, Job>();
  readonly #running = new Set<Job>();
  /** In order; those that nobody waits for any more are removed. */
  readonly #waiting = new Set<Job>();
  readonly #nowMs: () => number;

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The checksum of a file, which is closed at the end. Rejects with a local `TftpError`. */
  async hexOf(file: Source, request: FileRequest, key: string | undefined): Promise<string> {
    const kept = key === undefined ? undefined : this.#kept.get(key);
    const known = key === undefined ? undefined : this.#byKey.get(key);
    if (kept !== undefined || known || request.isCancelled) file.close();
    if (kept !== undefined) return kept;
    if (request.isCancelled) throw unwanted();
    const job = known ?? this.#add(file, request, key);
    job.requests++;
    request.onCancel(() => this.#leave(job));
    return await job.result.promise;
  }

  #add(file: Source, { client }: FileRequest, key: string | undefined): Job {
    const job: Job = {
      ...{ file, key, address: client.hostname, result: Promise.withResolvers<string>() },
      ...{ requests: 0, leftMs: 0, isOver: false },
    };
    try {
      this.#findPlace(job);
    } catch (error) {
      file.close();
      throw error;
    }
    if (key !== undefined) this.#byKey.set(key, job);
    // All requests may have been cancelled.
    job.result.promise.catch(() => {});
    return job;
  }

  #findPlace(job: Job): void {
    if ((job.file.size ?? 0) > MAX_HASHED_BYTES) throw tooLarge();
    if (this.#running.size >= MAX_AT_ONCE) {
      const left = [...this.#running].find(({ requests }) => requests === 0);
      if (left) this.#end(left, unwanted());
    }
    if (this.#running.size < MAX_AT_ONCE) return this.#run(job);
    const ofOne = [...this.#waiting].filter(({ address }) => address === job.address).length;
    if (this.#waiting.size >= MAX_WAITING || ofOne >= MAX_WAITING_OF_ONE) throw busy();
    this.#waiting.add(job);
  }

  /** A request is cancelled. Where it was the last, the file is read on only if that harms none. */
  #leave(job: Job): void {
    if (job.isOver || --job.requests > 0) return;
    job.leftMs = this.#nowMs();
    const isLater = job.key !== undefined && this.#running.has(job) && this.#waiting.size === 0;
    if (!isLater) this.#end(job, unwanted());
  }

  #run(job: Job): void {
    this.#waiting.delete(job);
    this.#running.add(job);
    this.#hash(job).then((hex) => {
      if (job.key !== undefined) this.#kept.set(job.key, hex);
      job.result.resolve(hex);
      this.#end(job);
    }).catch((error) => this.#end(job, error));
  }

  /** Frees the place of a file, once, and lets the next one have it. */
  #end(job: Job, error?: unknown): void {
    if (job.isOver) return;
    job.isOver = true;
    if (error !== undefined) job.result.reject(error);
    if (job.key !== undefined) this.#byKey.delete(job.key);
    this.#waiting.delete(job);
    this.#running.delete(job);
    const [next] = this.#waiting;
    if (next && this.#running.size < MAX_AT_ONCE) this.#run(next);
    job.file.close();
  }

  async #hash(job: Job): Promise<string> {
    const hash = new Sha256();
    const piece = new Uint8Array(PIECE_BYTES);
    for (let total = 0;;) {
      // Sockets and timers have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const isLeft = job.requests === 0 && this.#nowMs() - job.leftMs > LINGER_MS;
      if (job.isOver || isLeft) throw unwanted();
      const length = await job.file.read(piece);
      hash.add(piece.subarray(0, length));
      total += length;
      if (total > MAX_HASHED_BYTES) throw tooLarge();
      if (length < piece.length) return hash.hex;
    }
  }
}

/** Nobody sees it: the requests are cancelled. */
function unwanted(): Error {
  return new Error("no request waits for the checksum any more");
}

function busy(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "Too many checksums at once, try again");
}

function tooLarge(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "The file is too large for a checksum");
}
