/**
 * The netascii of RFC 764 as TFTP uses it (RFC 1350 §1): a line ends in CR LF on the wire and in LF
 * here, and a bare CR travels as CR NUL. Pairs may straddle any two pieces.
 */

const CR = 0x0d;
const LF = 0x0a;
const NUL = 0x00;

/**
 * Translates local text to netascii, piece by piece, into buffers of any size.
 *
 * ```ts
 * import { NetasciiEncoder } from "@tftp/tftp/protocol";
 *
 * const wire = new Uint8Array(10);
 * const { made } = new NetasciiEncoder().encode(new TextEncoder().encode("a\nb\r"), wire);
 * const text = new TextDecoder().decode(wire.subarray(0, made));
 * if (text !== "a\r\nb\r\0") throw new Error(JSON.stringify(text));
 * ```
 */
export class NetasciiEncoder {
  #owed: number | undefined;

  /**
   * Translates as much of `from` as fits into `into`; returns how many bytes were read and written.
   * Call it again with the rest; a byte that did not fit comes first, even when `from` is empty.
   */
  encode(from: Uint8Array, into: Uint8Array): { taken: number; made: number } {
    let taken = 0;
    let made = 0;
    while (made < into.length) {
      if (this.#owed !== undefined) {
        into[made++] = this.#owed;
        this.#owed = undefined;
        continue;
      }
      if (taken === from.length) break;
      const byte = from[taken++]!;
      if (byte === LF) {
        into[made++] = CR;
        this.#owed = LF;
      } else {
        into[made++] = byte;
        if (byte === CR) this.#owed = NUL;
      }
    }
    return { taken, made };
  }

  /** Whether a byte that did not fit is still to come. */
  get owes(): boolean {
    return this.#owed !== undefined;
  }
}

/**
 * Translates netascii to local text, piece by piece.
 *
 * ```ts
 * import { NetasciiDecoder } from "@tftp/tftp/protocol";
 *
 * const decoder = new NetasciiDecoder();
 * const pieces = ["a\r", "\nb"].map((piece) => decoder.decode(new TextEncoder().encode(piece)));
 * const text = [...pieces, decoder.end()].map((bytes) => new TextDecoder().decode(bytes)).join("");
 * if (text !== "a\nb") throw new Error(JSON.stringify(text));
 * ```
 */
export class NetasciiDecoder {
  #sawCr = false;

  /** The local text of a piece; a CR at its end waits for the next piece. */
  decode(from: Uint8Array): Uint8Array {
    const into = new Uint8Array(from.length + 1);
    let made = 0;
    for (const byte of from) {
      if (this.#sawCr) {
        this.#sawCr = false;
        if (byte === LF || byte === NUL) {
          into[made++] = byte === LF ? LF : CR;
          continue;
        }
        // RFC 764 allows nothing else after CR; keeping both bytes loses nothing.
        into[made++] = CR;
      }
      if (byte === CR) this.#sawCr = true;
      else into[made++] = byte;
    }
    return into.subarray(0, made);
  }

  /** What is left when the text has ended: a lone CR, or nothing. */
  end(): Uint8Array {
    const left = this.#sawCr ? Uint8Array.of(CR) : new Uint8Array(0);
    this.#sawCr = false;
    return left;
  }
}
