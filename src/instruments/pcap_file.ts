/** A capture file that grows with every datagram, and can be read meanwhile. */

import { LocalFileError } from "../engine/errors.ts";
import { localAddressFor, type OwnAddress, ownAddresses } from "../net/local_address.ts";
import { pcapHeader, pcapRecord } from "./pcap.ts";
import type { Datagram } from "./tapped_network.ts";
import { localFileError } from "../files/file_error.ts";
import { LateFile } from "../files/late_file.ts";
import { WriteQueue } from "../files/write_queue.ts";

/** The most bytes that wait to be written: a tenth of a second of a fast network. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** How long writing the end of a capture may take. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * A capture in the pcap format, with link type raw IP. Adding to it never waits: what the disk does
 * not take in time is left out and counted.
 *
 * ```ts
 * import { PcapFile, serve, TappedNetwork } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const path = await Deno.makeTempFile();
 * const file = await PcapFile.open(path);
 * const network = new TappedNetwork(new MemoryLan().machine("10.0.0.1"), (seen) => file.add(seen));
 * await using server = serve({ network, handler: () => "welcome\n" });
 * const missing = await file.close();
 * // The header of the capture is there, whatever passes.
 * if (missing > 0 || (await Deno.stat(path)).size < 24) throw new Error("it is no capture");
 * await Deno.remove(path);
 * ```
 */
export class PcapFile {
  readonly #file: LateFile;
  readonly #queue: WriteQueue<Uint8Array>;
  readonly #own: readonly OwnAddress[] = ownAddresses();
  /** Whether an address of this side had to be left at zeros. */
  hasUnknownAddress = false;
  /** Why writing ended early, if it did. */
  error: LocalFileError | undefined;

  private constructor(file: LateFile, path: string) {
    this.#file = file;
    this.#queue = new WriteQueue(file, {
      maxBytes: MAX_WAITING_BYTES,
      endsByError: true,
      failed: (error) => this.error = localFileError("write", path, error),
    });
    this.#queue.add(pcapHeader());
  }

  /** Starts a file; replaces an existing one. Throws `LocalFileError`. */
  static async open(path: string): Promise<PcapFile> {
    try {
      const options = { write: true, create: true, truncate: true };
      return new PcapFile(await LateFile.open(path, options), path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LocalFileError(`No folder for the capture "${path}"`, path, 0);
      }
      throw localFileError("write", path, error);
    }
  }

  /** Adds a datagram; use it as a {@linkcode Tap}. */
  add({ sent, bytes, local, peer }: Datagram): void {
    const here = localAddressFor(peer, local, this.#own);
    if (here === local && isWildcard(local.hostname)) this.hasUnknownAddress = true;
    const [from, to] = sent ? [here, peer] : [peer, here];
    // The wall clock may be set back; time within a capture only goes forward.
    const atMs = performance.timeOrigin + performance.now();
    this.#queue.add(pcapRecord({ from, to, payload: bytes, atMs }));
  }

  /** Ends the file, and returns how many datagrams are missing in it. */
  async close(): Promise<number> {
    const missing = await this.#queue.close(CLOSE_WITHIN_MS);
    this.#file.close();
    return missing;
  }
}

function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}
