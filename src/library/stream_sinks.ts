/** Streams as ends of a transfer: streams that take a file, and files that become a stream. */

import type { Sink } from "../engine/source_sink.ts";

/**
 * A file that is written to a stream. Each piece is acknowledged when the stream has taken it, and
 * the stream is closed before the last ACK. A transfer that fails aborts it.
 */
export class WritableSink implements Sink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isOver = false;

  /** Throws a `TypeError` when the stream already has a writer. */
  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
    // Every write reports its own failure.
    this.#writer.closed.catch(() => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    // A copy: the stream may keep it, and the caller reuses its bytes.
    if (bytes.length > 0) await this.#writer.write(bytes.slice());
  }

  async commit(): Promise<void> {
    await this.#writer.close();
    this.#isOver = true;
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#writer.abort(new Error("The transfer has failed")).catch(() => {});
  }
}

/** A file that is read as a stream while it arrives, as fast as it is read. */
export class ReadableSink implements Sink {
  /** The bytes of the file. It fails when the transfer does. */
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Called when the reader wants more. */
  #wanted: (() => void) | undefined;
  #isOver = false;

  /** `cancelled` is called when the reader wants no more. */
  constructor(cancelled: () => void) {
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#wanted?.(),
      cancel: () => {
        this.#isOver = true;
        this.#wanted?.();
        cancelled();
      },
    });
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isOver || bytes.length === 0) return;
    this.#controller.enqueue(bytes.slice());
    if ((this.#controller.desiredSize ?? 1) > 0) return;
    return new Promise((resolve) => {
      this.#wanted = () => {
        this.#wanted = undefined;
        resolve();
      };
    });
  }

  commit(): void {
    if (!this.#isOver) this.#controller.close();
    this.#isOver = true;
  }

  abandon(): void {
    // The error follows, with its reason.
  }

  /** The transfer has failed. */
  fail(error: unknown): void {
    if (!this.#isOver) this.#controller.error(error);
    this.#isOver = true;
    this.#wanted?.();
  }
}
