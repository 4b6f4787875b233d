/**
 * Keeps a download from filling the disk: a server may announce any size, or none, and never stop
 * sending.
 */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink } from "../engine/source_sink.ts";
import { LocalFileError } from "../engine/errors.ts";
import { dirname } from "./path_parts.ts";

/** What a download leaves free on its disk. */
export const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * How often the free space is checked. For smaller files it is not: loading the function takes
 * longer than they do.
 */
const LOOKED_UP_EVERY_BYTES = 16 * 1024 * 1024;

/** The part of Deno's `process` that is needed; its types would have to be fetched. */
interface Process {
  getBuiltinModule(name: "node:fs"): {
    statfsSync(path: string): { readonly bavail: number; readonly bsize: number };
  };
}

/** Stops a file before it fills the disk. */
export class RoomSink implements Sink {
  readonly #sink: Sink;
  readonly #path: string;
  readonly #freeBytes: (folder: string) => number | undefined;
  #unchecked = 0;

  /** `path` is the file's; the sink writes it, or a temporary file in the same folder. */
  constructor(sink: Sink, path: string, freeBytes = freeBytesIn) {
    this.#sink = sink;
    this.#path = path;
    this.#freeBytes = freeBytes;
  }

  write(bytes: Uint8Array): void | PromiseLike<void> {
    this.#unchecked += bytes.length;
    if (this.#unchecked >= LOOKED_UP_EVERY_BYTES) {
      this.#unchecked = 0;
      this.#mustHaveRoom();
    }
    return this.#sink.write(bytes);
  }

  commit(): void | PromiseLike<void> {
    return this.#sink.commit();
  }

  abandon(): void {
    this.#sink.abandon();
  }

  #mustHaveRoom(): void {
    const free = this.#freeBytes(dirname(this.#path));
    if (free === undefined || free >= DISK_RESERVE_BYTES) return;
    throw new LocalFileError(
      `Cannot write "${this.#path}": less than 64 MiB of its disk would be left free`,
      this.#path,
      ErrorCode.DiskFull,
    );
  }
}

/** Free bytes for this user; undefined where Deno may not ask (`--allow-sys=statfs`). */
export function freeBytesIn(folder: string): number | undefined {
  const asked = { name: "sys", kind: "statfs" } as unknown as Deno.PermissionDescriptor;
  if (Deno.permissions.querySync(asked).state !== "granted") return undefined;
  const { process } = globalThis as unknown as { process: Process };
  try {
    const { bavail, bsize } = process.getBuiltinModule("node:fs").statfsSync(folder);
    return bavail * bsize;
  } catch {
    // A file system that does not tell is treated like a missing permission.
    return undefined;
  }
}
