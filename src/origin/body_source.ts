/**
 * The body of an answer as the source of a transfer. A little is read ahead, so that most reads are
 * done at once; the rest stays in the connection, and the origin has to wait.
 */

import type { Source } from "../engine/source_sink.ts";
import type { AnswerBody } from "./answer_body.ts";
import { versionOf } from "./freshness.ts";
import type { Answer } from "./origin_client.ts";

/** Bytes read ahead of a transfer; twice a window, where that is more. */
const READ_AHEAD_BYTES = 128 * 1024;

export class BodySource implements Source {
  readonly size: number | undefined;
  readonly version: string | undefined;
  readonly slow = true;
  readonly #body: AnswerBody;
  readonly #pieces: Uint8Array[] = [];
  /** Number of bytes in the pieces. */
  #ahead = 0;
  #mostAhead = READ_AHEAD_BYTES;
  #outcome: "open" | "ended" | { readonly error: unknown } = "open";
  #reading = false;
  /** A read that waits for so many bytes. */
  #waiting: { readonly bytes: number; readonly go: () => void } | undefined;

  constructor({ body, headers }: Pick<Answer, "body" | "headers">) {
    this.#body = body;
    this.size = body.size;
    this.version = versionOf(headers.get("etag"));
    this.#readAhead();
  }

  read(into: Uint8Array): number | Promise<number> {
    this.#mostAhead = Math.max(this.#mostAhead, 2 * into.length);
    if (this.#outcome !== "open" || this.#ahead >= into.length) return this.#take(into);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { bytes: into.length, go: resolve };
    this.#readAhead();
    return promise.then(() => this.#take(into));
  }

  close(): void {
    this.#pieces.length = 0;
    this.#body.close();
  }

  #take(into: Uint8Array): number {
    if (typeof this.#outcome === "object") throw this.#outcome.error;
    let filled = 0;
    while (filled < into.length) {
      const piece = this.#pieces[0];
      if (piece === undefined) break;
      const part = piece.subarray(0, into.length - filled);
      into.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) {
        this.#pieces.shift();
        this.#body.recycle(piece);
      } else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#ahead -= filled;
    this.#readAhead();
    return filled;
  }

  #readAhead(): void {
    if (this.#reading || this.#outcome !== "open" || this.#ahead >= this.#mostAhead) return;
    this.#reading = true;
    this.#body.next().then(
      (piece) => {
        if (piece === undefined) this.#outcome = "ended";
        else {
          this.#pieces.push(piece);
          this.#ahead += piece.length;
        }
      },
      (error) => this.#outcome = { error },
    ).then(() => {
      this.#reading = false;
      this.#tell();
      this.#readAhead();
    });
  }

  #tell(): void {
    const waiting = this.#waiting;
    if (!waiting || this.#outcome === "open" && this.#ahead < waiting.bytes) return;
    this.#waiting = undefined;
    waiting.go();
  }
}
