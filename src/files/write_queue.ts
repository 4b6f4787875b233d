/**
 * A bounded queue in front of something slow to write to: a log, a capture. Adding to it never
 * waits. When it is full, new pieces are dropped and counted, and all queued pieces are one write.
 */

/** How long pieces are collected before they are written: one turn of a busy server. */
const GATHER_MS = 2;

/** How long to wait after an error before the next try. */
const RETRY_MS = 1_000;

/** Most bytes in one write. */
const MAX_WRITE_BYTES = 256 * 1024;

/** The destination of the bytes; a call may take for ever. */
export interface SlowWriter {
  /** Writes some of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** What is written as a whole. Text is encoded when it is written: line by line takes longer. */
export type Piece = Uint8Array | string;

/** What a {@linkcode WriteQueue} does when it can't write. */
export interface WriteQueueOptions<Kind extends Piece> {
  /** The most bytes in the queue; of text, the most characters. */
  readonly maxBytes: number;
  /** The note to write, once there is room again, in place of so many lost pieces. */
  lostNote?(count: number): Kind;
  /** Called with the first of several errors in a row. */
  failed?(error: unknown): void;
  /** Whether an error ends the queue, since half a piece may have been written. @default {false} */
  readonly endsByError?: boolean;
}

/** Pieces that are written one after the other, each completely or not at all. */
export class WriteQueue<Kind extends Piece> {
  readonly #writer: SlowWriter;
  readonly #options: WriteQueueOptions<Kind>;
  #waiting: Kind[] = [];
  #waitingBytes = 0;
  /** The bytes of the current write, and the number of pieces in it. */
  #batch: Uint8Array = new Uint8Array(0);
  #batchPieces = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;
  #over = false;
  #lost = 0;

  constructor(writer: SlowWriter, options: WriteQueueOptions<Kind>) {
    this.#writer = writer;
    this.#options = options;
  }

  /** Lost pieces that no note has reported yet. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether a write is under way, which may never end. */
  get busy(): boolean {
    return this.#writing !== undefined;
  }

  /** Adds a piece, which must not change any more. */
  add(piece: Kind): void {
    const bytes = this.#batch.length + this.#waitingBytes + piece.length;
    if (this.#over || bytes > this.#options.maxBytes) {
      this.#lost++;
      return;
    }
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#writeIn(this.#failing ? RETRY_MS : GATHER_MS);
  }

  /** Counts pieces that were lost elsewhere, to be reported together. */
  addLost(count: number): void {
    this.#lost += count;
    this.#tellLost();
  }

  /**
   * Writes what waits, for at most so many milliseconds, and takes no more.
   *
   * @returns the number of pieces that could not be written.
   */
  async close(withinMs: number): Promise<number> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    await Promise.race([late, this.#writing?.then(() => this.#write()) ?? this.#write()]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
    this.#over = true;
    return this.#lost + this.#batchPieces + this.#waiting.length;
  }

  #writeIn(ms: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, ms);
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      const isLeft = this.#waitingBytes + this.#batch.length > 0;
      if (isLeft && !this.#over) this.#writeIn(this.#failing ? RETRY_MS : GATHER_MS);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#take()) {
        while (this.#batch.length > 0) {
          const written = await this.#writer.write(this.#batch);
          this.#batch = this.#batch.subarray(written);
        }
        this.#batchPieces = 0;
        this.#failing = false;
        this.#tellLost();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Writes queued pieces once; false when there are none. */
  #take(): boolean {
    if (this.#batch.length > 0) return true;
    let bytes = 0;
    let count = 0;
    for (const piece of this.#waiting) {
      if (count > 0 && bytes + piece.length > MAX_WRITE_BYTES) break;
      bytes += piece.length;
      count++;
    }
    this.#batch = joined(this.#waiting.splice(0, count));
    this.#batchPieces = count;
    this.#waitingBytes -= bytes;
    return count > 0;
  }

  #fail(error: unknown): void {
    if (!this.#failing) this.#options.failed?.(error);
    this.#failing = true;
    if (!this.#options.endsByError) return;
    this.#over = true;
    this.#lost += this.#batchPieces + this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = this.#batchPieces = 0;
    this.#batch = new Uint8Array(0);
  }

  #tellLost(): void {
    const { lostNote } = this.#options;
    if (this.#lost === 0 || lostNote === undefined) return;
    const count = this.#lost;
    this.#lost = 0;
    this.add(lostNote(count));
    // There was no room for the note either.
    if (this.#lost > 0) this.#lost = count;
  }
}

/** The bytes of several pieces. */
function joined(pieces: readonly Piece[]): Uint8Array {
  if (typeof pieces[0] === "string") return new TextEncoder().encode(pieces.join(""));
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces as readonly Uint8Array[]) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
