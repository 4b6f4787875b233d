/**
 * `NAME.sha256` for every file `NAME` of another handler, where no file has that very name. A
 * computed checksum is kept for as long as the file is the same.
 */

import { BytesSource } from "../engine/bytes_source.ts";
import { ErrorCode, TftpError } from "../protocol/mod.ts";
import { BoundedMap } from "../engine/bounded_map.ts";
import type { Source } from "../engine/source_sink.ts";
import {
  discard,
  type FileRequest,
  type Handler,
  isNotFound,
  isSource,
  type Naming,
  type Opened,
} from "../engine/handler.ts";
import { Sha256 } from "../files/sha256.ts";

const SUFFIX = ".sha256";

/** The largest file whose checksum is computed, in bytes: it takes some seconds. */
export const MAX_HASHED_BYTES = 4 * 1024 ** 3;

/** Checksums kept. */
const MAX_KEPT = 1000;

/** Files that are read for checksums at once; the others wait. */
const MAX_AT_ONCE = 2;

/** Files that wait; further requests are refused, and the client may ask again. */
const MAX_WAITING = 100;

/** Bytes read at once: transfers have their turn between two reads. */
const PIECE_BYTES = 256 * 1024;

export class ChecksumHandler implements Handler {
  readonly #files: Handler;
  /** By version and name. */
  readonly #kept = new BoundedMap<string, string>(MAX_KEPT);
  /** Checksums under way. */
  readonly #underWay = new Map<string, Promise<string>>();
  readonly #waiting: (() => void)[] = [];
  #atOnce = 0;

  constructor(files: Handler) {
    this.#files = files;
  }

  open(request: FileRequest): Opened | PromiseLike<Opened> {
    const { direction, name } = request;
    if (direction === "put" || !name.toLowerCase().endsWith(SUFFIX)) {
      return this.#files.open(request);
    }
    return this.#open(request);
  }

  probableName(name: string, naming: Naming): string | undefined {
    return this.#files.probableName?.(name, naming);
  }

  async #open(request: FileRequest): Promise<Opened> {
    try {
      return await this.#files.open(request);
    } catch (error) {
      if (!isNotFound(error) || request.isCancelled) throw error;
    }
    const name = request.name.slice(0, -SUFFIX.length);
    const file = await this.#files.open(renamed(request, name));
    if (!isSource(file)) throw new TypeError("A sink was opened for a checksum");
    const hex = await this.#hexOf(file, name);
    return new BytesSource(`${hex}  ${name.split(/[\\/]/).at(-1)}\n`);
  }

  async #hexOf(file: Source, name: string): Promise<string> {
    const key = file.version === undefined ? undefined : `${file.version} ${name}`;
    const known = key === undefined ? undefined : this.#kept.get(key) ?? this.#underWay.get(key);
    if (known !== undefined) {
      discard(file);
      return await known;
    }
    const computing = this.#inTurn(() => hashOf(file)).finally(() => discard(file));
    if (key === undefined) return await computing;
    this.#underWay.set(key, computing);
    try {
      const hex = await computing;
      this.#kept.set(key, hex);
      return hex;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #inTurn(work: () => Promise<string>): Promise<string> {
    if (this.#atOnce >= MAX_AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw busy();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#atOnce++;
    try {
      return await work();
    } finally {
      this.#atOnce--;
      this.#waiting.shift()?.();
    }
  }
}

async function hashOf(file: Source): Promise<string> {
  if ((file.size ?? 0) > MAX_HASHED_BYTES) throw tooLarge();
  const hash = new Sha256();
  const piece = new Uint8Array(PIECE_BYTES);
  for (let total = 0;;) {
    const length = await file.read(piece);
    hash.add(piece.subarray(0, length));
    total += length;
    if (total > MAX_HASHED_BYTES) throw tooLarge();
    if (length < piece.length) return hash.hex;
    // Sockets and timers have their turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** The same request with another name. */
function renamed(request: FileRequest, name: string): FileRequest {
  const { direction, client, askedName, mode, options, announcedBytes, naming, writing } = request;
  return {
    ...{ direction, client, name, askedName, mode, options, announcedBytes, naming, writing },
    get isCancelled() {
      return request.isCancelled;
    },
    onCancel: (callback) => request.onCancel(callback),
  };
}

function busy(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "Too many checksums at once, try again");
}

function tooLarge(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "The file is too large for a checksum");
}
