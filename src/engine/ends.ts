/**
 * The two ends of a transfer that are no network: where blocks come from, and where they go. What
 * can be done at once costs no promise; what must wait gives one.
 */

/** Where the blocks of a sender come from. */
export interface Source {
  /** Size in bytes where it is known beforehand. */
  readonly size: number | undefined;
  /** All of its bytes, where they are in memory and do not change: then nothing need be read. */
  readonly content?: Uint8Array | undefined;
  /**
   * Whether a read may take a while, as from a network. Then no more is asked for than what is to
   * leave next. @default {false}
   */
  readonly slow?: boolean;
  /**
   * Tells this content from any other that a file of this name had or will have; absent where that
   * can't be told.
   */
  readonly version?: string | undefined;
  /** Fills the buffer; a short count means that the source has ended. */
  read(into: Uint8Array): number | PromiseLike<number>;
  /** Gives back what the source holds; harmless when repeated. */
  close(): void;
}

/** A source whose size is known, as that of a regular file is. */
export interface SizedSource extends Source {
  readonly size: number;
}

/** Where the blocks of a receiver go. */
export interface Sink {
  /** Appends all the bytes, which are valid until it returns or its promise settles. */
  write(bytes: Uint8Array): void | PromiseLike<void>;
  /** Everything has come: makes it permanent under its name. */
  commit(): void | PromiseLike<void>;
  /** Leaves nothing behind; harmless after {@linkcode Sink.commit}. */
  abandon(): void;
}

/** Abandons the sink of a failed transfer; should even that fail, the error says so too. */
export function abandonAfter(error: Error, sink: Sink): Error {
  try {
    sink.abandon();
  } catch (left) {
    error.message += ` (and ${(left as Error).message})`;
  }
  return error;
}
