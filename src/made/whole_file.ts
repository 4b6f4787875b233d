/** Reads all of a small file, from a source that may be slow. */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { Source } from "../engine/source_sink.ts";

/** Bytes read at once. */
const PIECE_BYTES = 64 * 1024;

/** All bytes of a source, which is closed. Throws a local `TftpError` when there are too many. */
export async function wholeOf(source: Source, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let total = 0;
    for (;;) {
      const piece = new Uint8Array(PIECE_BYTES);
      const length = await source.read(piece);
      pieces.push(piece.subarray(0, length));
      total += length;
      if (total > maxBytes) throw tooLarge(maxBytes);
      if (length < piece.length) break;
    }
    return joined(pieces, total);
  } finally {
    source.close();
  }
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function tooLarge(maxBytes: number): TftpError {
  const refusal = new TftpError("local", ErrorCode.NotDefined, "The template is too large");
  refusal.cause = new Error(`it has more than ${maxBytes} bytes`);
  return refusal;
}
