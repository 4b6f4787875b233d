/** What the transfers of one run have learned about servers, so that it is learned once. */

import type { Address } from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";

/**
 * What is known of servers; empty at first.
 *
 * ```ts
 * import { get, serve, ServerMemory } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: ({ name }) => name });
 * // A server that takes no options is asked for the second file without.
 * const memory = new ServerMemory();
 * for (const name of ["a", "b"]) {
 *   const network = lan.machine("10.0.0.2");
 *   const { body, summary } = await get(name, { host: "10.0.0.1", network, memory });
 *   if (await new Response(body).text() !== name) throw new Error(name);
 *   await (await summary).dallied;
 * }
 * ```
 */
export class ServerMemory {
  readonly #plain = new Set<string>();
  readonly #blksizes = new Map<string, number>();

  /** Whether a server took a request only without options. */
  isPlain(server: Address): boolean {
    return this.#plain.has(formatAddress(server));
  }

  /** Remembers that a server took a request only without options. */
  notePlain(server: Address): void {
    this.#plain.add(formatAddress(server));
  }

  /** The largest blksize whose blocks got through, where that was tried. */
  blksizeOf(server: Address): number | undefined {
    return this.#blksizes.get(formatAddress(server));
  }

  /** Remembers the largest blksize whose blocks got through. */
  noteBlksize(server: Address, blksize: number): void {
    this.#blksizes.set(formatAddress(server), blksize);
  }
}
