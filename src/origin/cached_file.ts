/**
 * A file in the cache: a head of fixed length, then the bytes as they came. The head says what the
 * file is a copy of and, while it grows, how much of it is there. The times of the file say the
 * rest: its last change is when the copy stops being fresh, its last access is when it was last
 * requested.
 */

import { join } from "../files/path_parts.ts";
import { FileSource } from "../files/file_source.ts";
import { Sha256 } from "../files/sha256.ts";
import { versionOf } from "./freshness.ts";
import { shown } from "./origin_url.ts";

/** Bytes before the file's own. */
export const HEAD_BYTES = 4096;

/** Where in the head the number of bytes so far is. */
const PROGRESS_AT = HEAD_BYTES - 8;

const MAGIC = "tftp cache 1\n";

/** A copy that was requested within this time is not marked again. */
const TOUCH_MS = 60_000;

/** What a copy is a copy of. */
export interface Head {
  /** The URL, without user, password and query. */
  readonly url: string;
  /** The size of the file in bytes, where it is known. */
  readonly size?: number;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** The name of a copy without its ending; the query of a URL is no part of it. */
export function keyOf(url: URL): string {
  const hash = new Sha256();
  hash.add(new TextEncoder().encode(shown(url)));
  return hash.hex.slice(0, 40);
}

/** The paths of a complete file, and of one that grows. */
export function pathsOf(folder: string, key: string): { whole: string; part: string } {
  return { whole: join(folder, `${key}.file`), part: join(folder, `${key}.part`) };
}

/** Writes the head; `came` bytes of the file are there. Leaves the position after them. */
export function writeHead(file: Deno.FsFile, head: Head, came: number): void {
  const bytes = new Uint8Array(HEAD_BYTES);
  const { written, read } = new TextEncoder().encodeInto(
    `${MAGIC}${JSON.stringify(head)}\n`,
    bytes.subarray(0, PROGRESS_AT),
  );
  if (written === PROGRESS_AT || read === 0) throw new RangeError("A head is too long");
  new DataView(bytes.buffer).setBigUint64(PROGRESS_AT, BigInt(came));
  file.seekSync(0, Deno.SeekMode.Start);
  writeAll(file, bytes);
  file.seekSync(HEAD_BYTES + came, Deno.SeekMode.Start);
}

/** Appends to a file that grows, then updates the head for readers in other threads. */
export function append(file: Deno.FsFile, piece: Uint8Array, came: number): void {
  writeAll(file, piece);
  const progress = new Uint8Array(8);
  new DataView(progress.buffer).setBigUint64(0, BigInt(came + piece.length));
  file.seekSync(PROGRESS_AT, Deno.SeekMode.Start);
  writeAll(file, progress);
  file.seekSync(HEAD_BYTES + came + piece.length, Deno.SeekMode.Start);
}

/** The head, and the number of bytes so far; undefined while there is none. */
export function readHead(file: Deno.FsFile): { head: Head; came: number } | undefined {
  const bytes = new Uint8Array(HEAD_BYTES);
  file.seekSync(0, Deno.SeekMode.Start);
  let length = 0;
  while (length < HEAD_BYTES) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) return undefined;
    length += count;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  if (!text.startsWith(MAGIC)) return undefined;
  try {
    const head = JSON.parse(text.slice(MAGIC.length)) as Head;
    return { head, came: Number(new DataView(bytes.buffer).getBigUint64(PROGRESS_AT)) };
  } catch {
    return undefined;
  }
}

/** A complete copy. */
export class CachedFile {
  readonly head: Head;
  readonly #path: string;
  readonly #info: Deno.FileInfo;
  readonly #file: Deno.FsFile;

  /** Opens a copy; undefined where there is no complete one. */
  static open(path: string, url: URL): CachedFile | undefined {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(path, { read: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    try {
      const found = readHead(file);
      const info = file.statSync();
      const isWhole = found && found.head.url === shown(url) &&
        info.size === HEAD_BYTES + (found.head.size ?? -1);
      if (isWhole) return new CachedFile(path, found.head, { file, info });
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  private constructor(
    path: string,
    head: Head,
    { file, info }: { file: Deno.FsFile; info: Deno.FileInfo },
  ) {
    this.#path = path;
    this.head = head;
    this.#file = file;
    this.#info = info;
  }

  /** For how long it has not been fresh, in milliseconds; negative while it is fresh. */
  staleMs(nowMs: number): number {
    return nowMs - (this.#info.mtime?.getTime() ?? 0);
  }

  /** The copy as a source, which closes it at the end. */
  source(nowMs: number): FileSource {
    const usedMs = this.#info.atime?.getTime() ?? 0;
    if (nowMs - usedMs > TOUCH_MS) markTimes(this.#path, nowMs, this.#info.mtime?.getTime() ?? 0);
    this.#file.seekSync(HEAD_BYTES, Deno.SeekMode.Start);
    const { url, size, etag } = this.head;
    return new FileSource(this.#file, url, size!, versionOf(etag));
  }

  close(): void {
    this.#file.close();
  }
}

/** Marks when a copy was requested, and until when it is fresh. A removed one needs no times. */
export function markTimes(path: string, usedMs: number, goodUntilMs: number): void {
  try {
    Deno.utimeSync(path, new Date(usedMs), new Date(goodUntilMs));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
}
