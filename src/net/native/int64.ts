/** 64-bit numbers in memory that is seen as 32-bit words. Pure. */

const WORD = 0x1_0000_0000;

/** Writes an address, or a length, as 64 bits; numbers up to 2^53 are exact. */
export function put64(words: Int32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / WORD;
}

/** Rounds up to a multiple of 8, where the next control message begins. */
export function aligned8(bytes: number): number {
  return (bytes + 7) & ~7;
}
