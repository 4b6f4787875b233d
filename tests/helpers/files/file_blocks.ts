/** The blocks of a file in memory, as a machine that sends it would hold them. */

import type { Blocks } from "../../../src/engine/network.ts";

export class FileBlocks implements Blocks {
  readonly blksize: number;
  readonly #file: Uint8Array;

  constructor(file: Uint8Array, blksize: number) {
    this.#file = file;
    this.blksize = blksize;
  }

  /** The index of the last block, which is shorter than the others. */
  get last(): number {
    return Math.floor(this.#file.length / this.blksize) + 1;
  }

  inOnePiece(first: number): number {
    return this.last - first + 1;
  }

  packet(index: number): Uint8Array {
    const number = this.wireNumber(index);
    return Uint8Array.of(0, 3, number >> 8, number & 0xff, ...this.payload(index, index));
  }

  payload(first: number, last: number): Uint8Array {
    return this.#file.subarray((first - 1) * this.blksize, last * this.blksize);
  }

  wireNumber(index: number): number {
    return index & 0xffff;
  }
}

/** A file whose bytes tell where they are. */
export function numberedFile(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => at * 7 + (at >> 8) & 0xff);
}
