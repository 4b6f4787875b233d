/**
 * Blocks have 16-bit numbers on the wire and unbounded indexes everywhere else: index 0 is the
 * opening (OACK or ACK 0), 1 the first block. RFC 1350 does not define what follows 65535: nearly
 * every peer goes on with 0 (`rollover` 0), some with 1. Only this file deals with both.
 */

/**
 * The wire number that follows 65535.
 *
 * ```ts
 * import type { Rollover } from "@tftp/tftp";
 * import { toWire } from "@tftp/tftp/protocol";
 *
 * const numbers = ([0, 1] satisfies Rollover[]).map((rollover) => toWire(65_536, rollover));
 * if (numbers.join() !== "0,1") throw new Error(`after 65535 comes ${numbers.join(" or ")}`);
 * ```
 */
export type Rollover = 0 | 1;

/**
 * The last block index before the wire number rolls over.
 *
 * ```ts
 * import { LAST_UNROLLED_INDEX, MAX_BLKSIZE } from "@tftp/tftp/protocol";
 *
 * // What can be sent to a peer whose block numbers do not roll over.
 * const bytes = LAST_UNROLLED_INDEX * MAX_BLKSIZE;
 * if (bytes < 4_290_000_000) throw new Error(`${bytes} bytes`);
 * ```
 */
export const LAST_UNROLLED_INDEX = 65535;

/**
 * The most blocks that may be outstanding: with more, a number could mean two of them.
 *
 * ```ts
 * import { MAX_OUTSTANDING, nearestIndex, toWire } from "@tftp/tftp/protocol";
 *
 * // The last block of the largest window, seen from its first.
 * const last = 60_000 + MAX_OUTSTANDING;
 * if (nearestIndex(toWire(last), 60_000) !== last) throw new Error(`not ${last}`);
 * ```
 */
export const MAX_OUTSTANDING = 32767;

/**
 * The wire number of a block index.
 *
 * ```ts
 * import { toWire } from "@tftp/tftp/protocol";
 *
 * const numbers = [toWire(65_535), toWire(65_536), toWire(65_536, 1)];
 * if (numbers.join() !== "65535,0,1") throw new Error(numbers.join());
 * ```
 */
export function toWire(index: number, rollover: Rollover = 0): number {
  if (rollover === 0 || index <= LAST_UNROLLED_INDEX) return index % 65536;
  return (index - 1) % 65535 + 1;
}

/**
 * The block index nearest to `reference` that has this wire number; below zero when it could only
 * be before the first block. Unambiguous while both ends are less than 32,767 blocks apart.
 *
 * ```ts
 * import { nearestIndex } from "@tftp/tftp/protocol";
 *
 * // ACK 2 while block 65530 is outstanding can only mean the second block after the rollover.
 * const index = nearestIndex(2, 65_530);
 * if (index !== 65_538) throw new Error(`${index}`);
 * ```
 */
export function nearestIndex(wire: number, reference: number, rollover: Rollover = 0): number {
  const modulus = rollover === 0 ? 65536 : 65535;
  if (rollover === 1 && wire === 0) return reference < 32768 ? 0 : -1;
  let distance = (wire - toWire(reference, rollover)) % modulus;
  if (distance > modulus / 2) distance -= modulus;
  if (distance < -modulus / 2) distance += modulus;
  const index = reference + distance;
  // Counting on with 1, only number 0 is the opening; 65535 is one whole round away from it.
  return rollover === 1 && index === 0 ? -1 : index;
}
