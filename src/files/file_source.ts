/** Files, standard input and netascii as sources of blocks. */

import type { MappedBytes } from "../protocol/mod.ts";
import type { SizedSource, Source } from "../engine/source_sink.ts";
import { ChecksumError, LocalFileError } from "../engine/errors.ts";
import { localFileError } from "./file_error.ts";
import type { Mapping, OpenFile } from "./opener.ts";
import { Sha256 } from "./sha256.ts";

/** A file is hashed in pieces of this size, so that signals are handled in between. */
const HASHED_AT_ONCE_BYTES = 256 * 1024;

/**
 * Opens a local file to send. Folders are refused; pipes and devices are read as they come.
 * Throws {@linkcode LocalFileError}.
 *
 * ```ts
 * import { openFileSource } from "@tftp/tftp";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "hello");
 * const source = openFileSource(path);
 * const length = await source.read(new Uint8Array(512));
 * source.close();
 * if (source.size !== 5 || length !== 5) throw new Error(`${length} of ${source.size} bytes`);
 * await Deno.remove(path);
 * ```
 */
export function openFileSource(path: string): Source {
  const { file, info } = openLocalFile(path);
  return info.isFile ? new FileSource(file, path, info.size) : streamOf(file, path);
}

/**
 * Opens a regular file to send, and reads all of it once to compare its SHA-256, given in
 * lower-case hexadecimal. The file stays open, so the file that was compared is the one that is
 * sent.
 *
 * Throws {@linkcode LocalFileError}, and `ChecksumError` where the hash differs.
 */
export async function openVerifiedSource(path: string, sha256: string): Promise<Source> {
  const { file, info } = openLocalFile(path);
  try {
    const hash = new Sha256();
    const buffer = new Uint8Array(HASHED_AT_ONCE_BYTES);
    for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
      hash.add(buffer.subarray(0, count));
    }
    if (hash.hex !== sha256) throw new ChecksumError(sha256, hash.hex, path);
    file.seekSync(0, Deno.SeekMode.Start);
    return new FileSource(file, path, info.size);
  } catch (error) {
    file.close();
    throw error instanceof ChecksumError ? error : localFileError("read", path, error);
  }
}

function openLocalFile(path: string): { file: Deno.FsFile; info: Deno.FileInfo } {
  try {
    // Before it is opened: opening a folder fails differently on every system.
    const info = Deno.statSync(path);
    if (info.isDirectory) {
      throw new LocalFileError(`Cannot send "${path}": it is a folder`, path, 2);
    }
    return { file: Deno.openSync(path, { read: true }), info };
  } catch (error) {
    throw localFileError("read", path, error);
  }
}

function streamOf(file: Deno.FsFile, path: string): Source {
  return new StreamSource(file, path, () => file.close());
}

/** Whether it is neither a file nor a folder, as far as Deno may look. */
export async function isStream(path: string): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info !== undefined && !info.isFile && !info.isDirectory;
}

/**
 * Opens a pipe or a device to send, and waits for who writes into it. Throws
 * {@linkcode LocalFileError}, and `CancelledError` when `signal` is aborted.
 */
export async function openStreamSource(path: string, signal?: AbortSignal): Promise<Source> {
  const { openStream } = await import("./stream_file.ts");
  return streamOf(await openStream(path, "read", signal), path);
}

/**
 * Standard input as a source, of unknown size.
 *
 * ```ts
 * import { stdinSource } from "@tftp/tftp";
 *
 * // For put(), as in `tar c folder | program`.
 * const source = stdinSource();
 * if (source.size !== undefined) throw new Error("nobody knows how much will come");
 * source.close();
 * ```
 */
export function stdinSource(): Source {
  return new StreamSource(Deno.stdin, "standard input", () => {});
}

/** The part of an open file that is needed. */
export type ReadableFile = Pick<OpenFile, "readSync" | "map" | "close">;

/** An open regular file, sent at the size it had when it was opened. */
export class FileSource implements SizedSource {
  readonly size: number;
  readonly version: string | undefined;
  readonly #file: ReadableFile;
  readonly #name: string;
  #left: number;
  #mapping: Mapping | undefined;
  /** Up to where mapped bytes were sent. */
  #sent = 0;

  /** Takes over the file and closes it at the end; `name` is for messages. */
  constructor(file: ReadableFile, name: string, size: number, version?: string) {
    this.#file = file;
    this.#name = name;
    this.size = size;
    this.version = version;
    this.#left = size;
  }

  read(into: Uint8Array): number {
    const wanted = Math.min(into.length, this.#left);
    let filled = 0;
    while (filled < wanted) {
      const isWhole = filled === 0 && wanted === into.length;
      const count = this.#read(isWhole ? into : into.subarray(filled, wanted));
      // To end here would make a complete transfer of half a file.
      if (count === null) throw this.#becameShorter();
      filled += count;
    }
    this.#left -= filled;
    return filled;
  }

  mapped(): MappedBytes | undefined {
    return this.#mapping = this.#file.map?.(this.size);
  }

  /**
   * Where a mapped file has become shorter, the system sends zeros up to the end of the page, and
   * behind it nothing; it also sends nothing where the disk fails. So what is sent again is read
   * first, and so is what is sent last: no transfer is completed with bytes that are not there.
   */
  sending(from: number, to: number): void {
    if (this.#mapping === undefined) return;
    const isNew = from === this.#sent && to < this.size;
    this.#sent = Math.max(this.#sent, to);
    if (isNew) return;
    // The last block may be empty: then the byte before it tells.
    if (!this.#has(this.#mapping, Math.min(from, to - 1), to)) throw this.#becameShorter();
  }

  close(): void {
    this.#file.close();
  }

  #has(mapping: Mapping, from: number, to: number): boolean {
    try {
      return mapping.has(from, to);
    } catch (error) {
      throw localFileError("read", this.#name, error);
    }
  }

  #becameShorter(): LocalFileError {
    const message = `"${this.#name}" became shorter while it was sent`;
    const told = "The file changed while it was sent";
    return new LocalFileError(message, this.#name, 0, undefined, told);
  }

  #read(into: Uint8Array): number | null {
    try {
      return this.#file.readSync(into);
    } catch (error) {
      throw localFileError("read", this.#name, error);
    }
  }
}

/** The common part of standard input and open files. */
interface Reader {
  read(into: Uint8Array): Promise<number | null>;
}

class StreamSource implements Source {
  readonly size = undefined;
  readonly #reader: Reader;
  readonly #name: string;
  readonly close: () => void;

  constructor(reader: Reader, name: string, close: () => void) {
    this.#reader = reader;
    this.#name = name;
    this.close = close;
  }

  async read(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const count = await this.#read(into.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return filled;
  }

  async #read(into: Uint8Array): Promise<number | null> {
    try {
      return await this.#reader.read(into);
    } catch (error) {
      throw localFileError("read", this.#name, error);
    }
  }
}
