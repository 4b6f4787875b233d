/** How much uploads may take up in all, and how much one may. */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink } from "../engine/ends.ts";
import { LocalFileError } from "../engine/errors.ts";
import type { UploadSink } from "./served_files.ts";
import { takeStock } from "../files/leftovers.ts";

/** The folder is looked through again at most this often, to find what others have removed. */
const RECOUNT_MS = 5000;

/** Counts what lies in a folder and what is on its way there. */
export class UploadQuota {
  readonly #folder: string;
  readonly #now: () => number;
  #kept = 0;
  #underWay = 0;
  #countedMs = -Infinity;

  /** `now` gives milliseconds that never run backwards. */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Whether so many bytes more would fit; looks again before it says no. */
  fits(bytes: number, limit: number): boolean {
    if (this.#countedMs === -Infinity) this.#count();
    if (this.#kept + this.#underWay + bytes <= limit) return true;
    if (this.#now() - this.#countedMs < RECOUNT_MS) return false;
    this.#count();
    return this.#kept + this.#underWay + bytes <= limit;
  }

  /** Bytes are written that have no name yet. */
  begin(bytes: number): void {
    this.#underWay += bytes;
  }

  /** Bytes under way have got their name, or have gone. */
  end(bytes: number, { kept }: { kept: number }): void {
    this.#underWay -= bytes;
    this.#kept += kept;
  }

  #count(): void {
    this.#countedMs = this.#now();
    this.#kept = takeStock(this.#folder, { sizes: true }).bytes;
  }
}

export interface UploadLimits {
  readonly maxUpload?: number;
  readonly uploadQuota?: number;
}

/** A file that grows no further than allowed. */
export class LimitedSink implements Sink {
  readonly #sink: UploadSink;
  readonly #quota: UploadQuota;
  readonly #limits: UploadLimits;
  #written = 0;
  #ended = false;

  constructor(sink: UploadSink, quota: UploadQuota, limits: UploadLimits) {
    this.#sink = sink;
    this.#quota = quota;
    this.#limits = limits;
  }

  write(bytes: Uint8Array): void {
    const { maxUpload = Infinity, uploadQuota = Infinity } = this.#limits;
    if (this.#written + bytes.length > maxUpload) {
      throw tooMuch("The upload is larger than --max-upload allows");
    }
    if (uploadQuota !== Infinity && !this.#quota.fits(bytes.length, uploadQuota)) {
      throw tooMuch("The upload would exceed --upload-quota");
    }
    this.#quota.begin(bytes.length);
    this.#written += bytes.length;
    this.#sink.write(bytes);
  }

  async commit(): Promise<void> {
    await this.#sink.commit();
    this.#end(this.#written - this.#sink.replacedBytes);
  }

  abandon(): void {
    this.#end(0);
    this.#sink.abandon();
  }

  #end(kept: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#quota.end(this.#written, { kept });
  }
}

function tooMuch(message: string): LocalFileError {
  return new LocalFileError(message, "", ErrorCode.DiskFull);
}
