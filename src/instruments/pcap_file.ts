/** A capture file that grows with every datagram, and can be read while it does. */

import { LocalFileError } from "../engine/errors.ts";
import { localAddressFor, type OwnAddress, ownAddresses } from "../net/local_address.ts";
import { pcapHeader, pcapRecord } from "./pcap.ts";
import type { Datagram } from "./tapped_network.ts";
import { localFileError } from "../files/file_error.ts";

/** A capture in the pcap format, of link type raw IP. */
export class PcapFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #own: readonly OwnAddress[] = ownAddresses();
  /** Whether an address of this side had to be left at zeros. */
  hasUnknownAddress = false;

  /** Begins the file, in place of one that is there. Throws `LocalFileError`. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LocalFileError(`There is no folder to write the capture "${path}" into`, path, 0);
      }
      throw localFileError("write", path, error);
    }
    this.#write(pcapHeader());
  }

  /** Adds a datagram; made to be a {@linkcode Tap}. */
  add({ sent, bytes, local, peer }: Datagram): void {
    const here = localAddressFor(peer, local, this.#own);
    if (here === local && isWildcard(local.hostname)) this.hasUnknownAddress = true;
    const [from, to] = sent ? [here, peer] : [peer, here];
    // Between two calls of the wall clock it may be set; within a capture time only goes forward.
    const atMs = performance.timeOrigin + performance.now();
    this.#write(pcapRecord({ from, to, payload: bytes, atMs }));
  }

  /** Ends the file. */
  close(): void {
    this.#file.close();
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let written = 0; written < bytes.length;) {
        written += this.#file.writeSync(bytes.subarray(written));
      }
    } catch (error) {
      throw localFileError("write", this.#path, error);
    }
  }
}

function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}
