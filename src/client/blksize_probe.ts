/**
 * Finds the largest blksize that a path carries. A server can grant any size; only DATA shows
 * whether the path carries it. A block larger than a frame travels in fragments, which some
 * firewalls, tunnels and boot ROMs drop.
 */

import type { Ticking } from "../engine/clock.ts";

/**
 * Sizes worth trying, largest first: all that UDP holds; three fragments; a jumbo frame; one frame
 * of Ethernet, of a tunnel, of the smallest path IPv6 allows; and RFC 1350's own.
 */
export const PROBED_BLKSIZES: readonly number[] = [65464, 4096, 1468, 1428, 1228, 512];

/** If no block has arrived so long after the OACK, smaller ones are tried. */
export const PROBE_MS = 2000;

/** Blocks of the agreed size do not get through. */
export class BlksizeError extends Error {
  override name = "BlksizeError";
  readonly blksize: number;

  constructor(blksize: number) {
    super(`Blocks of ${blksize} bytes do not get through`);
    this.blksize = blksize;
  }
}

/** The sizes still worth trying, by what is known of the server. */
export function sizesFrom(known = Infinity): readonly number[] {
  return PROBED_BLKSIZES.filter((size) => size <= known);
}

/** What the probe needs to know of a transfer. */
interface Watched {
  readonly answered: boolean;
  readonly bytes: number;
  readonly done: boolean;
  /** Infinity while the source is read: then nothing is awaited from the peer. */
  readonly deadlineMs: number;
}

/** Watches the first blocks of a transfer. */
export class FirstBlockWatch implements Ticking {
  readonly #transfer: Watched;
  readonly #lost: () => void;
  #deadlineMs: number | undefined;
  #over = false;

  /**
   * `lost` is called once, when an answered transfer that waits for its peer moves nothing for
   * {@linkcode PROBE_MS}.
   */
  constructor(transfer: Watched, lost: () => void) {
    this.#transfer = transfer;
    this.#lost = lost;
  }

  tick(nowMs: number): void {
    const { answered, bytes, done, deadlineMs } = this.#transfer;
    if (this.#over || !answered) return;
    if (deadlineMs === Infinity && !done) return void (this.#deadlineMs = undefined);
    this.#deadlineMs ??= nowMs + PROBE_MS;
    this.#over = done || bytes > 0 || nowMs >= this.#deadlineMs;
    if (this.#over && !done && bytes === 0) this.#lost();
  }
}
