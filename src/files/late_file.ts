/**
 * A file whose opening may take long: opening a pipe waits for its reader, and opening a file on a
 * disk that hangs waits for the disk. Nothing else waits with it.
 */

import type { SlowWriter } from "./write_queue.ts";

/** How long the opening is waited for, so that simple errors are reported at the start. */
const OPEN_WITHIN_MS = 1_000;

/** A file to write to, open or still being opened. */
export class LateFile implements SlowWriter {
  readonly #opening: Promise<Deno.FsFile>;
  #isOpen = false;

  private constructor(opening: Promise<Deno.FsFile>) {
    this.#opening = opening;
    opening.then(() => this.#isOpen = true, () => {});
  }

  /** Throws what `Deno.open` throws, if that comes in time. */
  static async open(path: string, options: Deno.OpenOptions): Promise<LateFile> {
    const file = new LateFile(Deno.open(path, options));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, OPEN_WITHIN_MS);
    try {
      await Promise.race([late, file.#opening]);
    } finally {
      clearTimeout(timer);
    }
    return file;
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await (await this.#opening).write(bytes);
  }

  /** Closes it, or will do so as soon as it is open. */
  close(): void {
    this.#opening.then((file) => file.close(), () => {});
  }
}
