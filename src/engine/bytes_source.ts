/** A source of bytes in memory. */

import type { SizedSource } from "./source_sink.ts";

/** Bytes, or a text as UTF-8. They must not change while they are sent. */
export class BytesSource implements SizedSource {
  readonly size: number;
  readonly content: Uint8Array;
  #at = 0;

  constructor(content: Uint8Array | string) {
    this.content = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.size = this.content.length;
  }

  read(into: Uint8Array): number {
    const piece = this.content.subarray(this.#at, this.#at + into.length);
    into.set(piece);
    this.#at += piece.length;
    return piece.length;
  }

  close(): void {
    // Nothing is open.
  }
}
