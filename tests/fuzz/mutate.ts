/** New inputs from known ones. */

import type { Prng } from "../helpers/sim/prng.ts";

/** Longer inputs find nothing that these don't. */
export const MAX_INPUT_BYTES = 4096;

/** Numbers at which something is likely to change. */
const EDGES = ["0", "1", "7", "8", "255", "256", "512", "65464", "65465", "65535", "65536", "-1"];

/** One input, changed in one or several places; `words` are pieces that its target knows. */
export function mutated(
  prng: Prng,
  corpus: readonly Uint8Array[],
  words: readonly Uint8Array[],
): Uint8Array {
  let bytes = Array.from(prng.pick(corpus));
  for (let changes = prng.pick([1, 1, 1, 2, 3, 5, 8]); changes > 0; changes--) {
    bytes = changed(prng, bytes, corpus, words);
  }
  return Uint8Array.from(bytes.slice(0, MAX_INPUT_BYTES));
}

function changed(
  prng: Prng,
  bytes: number[],
  corpus: readonly Uint8Array[],
  words: readonly Uint8Array[],
): number[] {
  const at = prng.int(0, bytes.length);
  const insert = (piece: Iterable<number>) => [...bytes.slice(0, at), ...piece, ...bytes.slice(at)];
  const end = Math.min(bytes.length, at + prng.pick([1, 2, 4, 8, 32]));
  switch (prng.int(0, 8)) {
    case 0:
      return at < bytes.length ? bytes.with(at, prng.int(0, 255)) : bytes;
    case 1:
      return at < bytes.length ? bytes.with(at, bytes[at]! ^ (1 << prng.int(0, 7))) : bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return [...bytes.slice(0, at), ...bytes.slice(end)];
    case 4:
      return insert(prng.bytes(prng.int(1, 4)));
    case 5:
      return insert(bytes.slice(at, end));
    case 6:
      return insert(new TextEncoder().encode(prng.pick(EDGES)));
    case 7:
      return words.length === 0 ? bytes : insert(prng.pick(words));
    default: {
      const other = prng.pick(corpus);
      return [...bytes.slice(0, at), ...other.subarray(prng.int(0, other.length))];
    }
  }
}
