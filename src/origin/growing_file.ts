/**
 * A file of the cache while it arrives: a client that asks for it reads what is there, and waits
 * for the rest.
 */

import type { Source } from "../engine/source_sink.ts";
import { Later } from "../engine/later.ts";
import { FileSource } from "../files/file_source.ts";
import { isSame, openIfThere } from "./cache_folder.ts";
import { HEAD_BYTES } from "./cached_file.ts";
import { OriginError } from "./origin_error.ts";

/** How long a fetch goes on without readers: a boot ROM may ask for the size only. */
const LINGER_MS = 10_000;

export interface GrowingSettings {
  /** For messages. */
  readonly name: string;
  readonly size: number | undefined;
  /** What the system says of the file, which has lost its path after an upload. */
  readonly opened: Deno.FileInfo;
  /** Called when nobody has read it for a while. */
  abandoned(): void;
}

export class GrowingFile {
  /** The size in bytes, where it is known. */
  readonly size: number | undefined;
  readonly #path: string;
  readonly #name: string;
  readonly #opened: Deno.FileInfo;
  readonly #abandoned: () => void;
  #came = 0;
  #outcome: "growing" | "whole" | { readonly error: unknown } = "growing";
  #readers = 0;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #waiting: { readonly bytes: number; readonly there: Later }[] = [];

  constructor(path: string, { name, size, opened, abandoned }: GrowingSettings) {
    this.#path = path;
    this.#name = name;
    this.size = size;
    this.#opened = opened;
    this.#abandoned = abandoned;
    this.#linger();
  }

  /** How much of the file is there. */
  get came(): number {
    return this.#came;
  }

  get outcome(): "growing" | "whole" | { readonly error: unknown } {
    return this.#outcome;
  }

  /** So many bytes have arrived. */
  grown(came: number): void {
    this.#came = came;
    this.#tell();
  }

  /** The file is complete. */
  end(): void {
    this.#settle("whole");
  }

  /** The rest will not come. */
  fail(error: unknown): void {
    this.#settle({ error });
  }

  /** A reader; undefined when the file has another name or none by now, or has failed. */
  open(): Source | undefined {
    if (this.#outcome !== "growing") return undefined;
    const file = openIfThere(this.#path);
    if (!file) return undefined;
    if (!isSame(file.statSync(), this.#opened)) {
      file.close();
      return undefined;
    }
    file.seekSync(HEAD_BYTES, Deno.SeekMode.Start);
    this.#readers++;
    clearTimeout(this.#lingering);
    return new GrowingSource(this, new FileSource(file, this.#name, Infinity));
  }

  left(): void {
    if (--this.#readers === 0) this.#linger();
  }

  /** Waits until so many bytes are there, or no more will come. */
  reaching(bytes: number): PromiseLike<void> {
    const there = new Later();
    this.#waiting.push({ bytes, there });
    return there;
  }

  #settle(outcome: "whole" | { readonly error: unknown }): void {
    if (this.#outcome !== "growing") return;
    this.#outcome = outcome;
    clearTimeout(this.#lingering);
    this.#tell();
  }

  #tell(): void {
    const isOver = this.#outcome !== "growing";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (isOver || this.#came >= one.bytes) one.there.resolve();
      else this.#waiting.push(one);
    }
  }

  #linger(): void {
    if (this.#outcome !== "growing") return;
    this.#lingering = setTimeout(() => this.#abandoned(), LINGER_MS);
  }
}

class GrowingSource implements Source {
  readonly slow = true;
  readonly #growing: GrowingFile;
  readonly #file: FileSource;
  #read = 0;
  #closed = false;

  constructor(growing: GrowingFile, file: FileSource) {
    this.#growing = growing;
    this.#file = file;
  }

  get size(): number | undefined {
    return this.#growing.size;
  }

  read(into: Uint8Array): number | PromiseLike<number> {
    const { outcome, came } = this.#growing;
    const there = came - this.#read;
    if (typeof outcome === "object") throw outcome.error;
    if (outcome === "growing" && there < into.length) {
      // At the known end, all that is left is to learn that the file is complete.
      return this.#growing.reaching(this.#read + into.length).then(() => this.read(into));
    }
    const count = Math.min(there, into.length);
    if (this.#file.read(into.subarray(0, count)) !== count) {
      throw new OriginError("The cache has lost the file", `the file in the cache became shorter`);
    }
    this.#read += count;
    return count;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    this.#growing.left();
  }
}
