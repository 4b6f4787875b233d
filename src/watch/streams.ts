/**
 * The readers of `/api/events`. No reader makes others wait: one that has not taken the last
 * message misses the next, gets the whole status when it reads again, and is disconnected after a
 * while. So each has at most one message waiting, and all share the same bytes.
 */

/** Readers at once; further ones are refused. */
export const MAX_STREAMS = 250;

/** Messages come at most twice a second. */
const LEAST_MS = 500;
/** With many readers messages come less often: so much time for each reader. */
const MS_FOR_EACH = 8;
/** A reader that has taken nothing for so long is gone. */
const PATIENCE_MS = 30_000;

/** The source of the messages. */
export interface MessageSource {
  /** The first message for a reader, also after it has missed something. */
  first(): Uint8Array;
  /** The message for all others. */
  next(): Uint8Array;
}

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** How long it has taken nothing. */
  behindMs: number;
  /** Whether it needs the whole status. */
  isNew: boolean;
}

export class Streams {
  readonly #source: MessageSource;
  readonly #readers = new Set<Reader>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** A stream for one more reader; undefined when there are too many. */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#readers.size >= MAX_STREAMS) return undefined;
    let reader: Reader;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = { controller, behindMs: 0, isNew: true };
        this.#readers.add(reader);
        this.#tell(reader, 0);
        this.#soon();
      },
      cancel: () => void this.#readers.delete(reader),
    }, { highWaterMark: 1 });
  }

  /** Ends all of them. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const reader of this.#readers) this.#end(reader);
  }

  #soon(): void {
    const ms = Math.max(LEAST_MS, this.#readers.size * MS_FOR_EACH);
    this.#timer ??= setTimeout(() => this.#turn(ms), ms);
  }

  #turn(sinceMs: number): void {
    this.#timer = undefined;
    if (this.#readers.size === 0) return;
    const bytes = this.#source.next();
    for (const reader of this.#readers) this.#tell(reader, sinceMs, bytes);
    this.#soon();
  }

  #tell(reader: Reader, sinceMs: number, next?: Uint8Array): void {
    const { controller } = reader;
    if ((controller.desiredSize ?? 0) <= 0) {
      reader.behindMs += sinceMs;
      reader.isNew = true;
      if (reader.behindMs >= PATIENCE_MS) this.#end(reader);
      return;
    }
    reader.behindMs = 0;
    controller.enqueue(reader.isNew ? this.#source.first() : next!);
    reader.isNew = false;
  }

  #end(reader: Reader): void {
    this.#readers.delete(reader);
    try {
      reader.controller.close();
    } catch (error) {
      // It was closed from the other side.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}
