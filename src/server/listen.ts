/** The sockets of a server: where requests come in, and the ports that answers leave from. */

import { bindUdp, type Endpoint } from "../net/endpoint.ts";
import { NetworkError, systemCode } from "../engine/errors.ts";
import { POOL_PORTS } from "../engine/tid_pool.ts";

/** Ports to answer from, both included. */
export interface PortRange {
  /** The lowest port. */
  readonly first: number;
  /** The highest port. */
  readonly last: number;
}

/** Where a server listens. */
export interface ListenOptions {
  /** 0 lets the system choose. @default {69} */
  readonly port?: number;
  /** Addresses to listen on. @default {["::"], or ["0.0.0.0"] where IPv6 is off} */
  readonly addresses?: readonly string[];
}

/** Binds every address, or none. Throws {@linkcode NetworkError}. */
export function bindListeners({ port = 69, addresses = [] }: ListenOptions): Endpoint[] {
  if (addresses.length > 0) {
    return bindAll(addresses.map((address) => () => bindUdp(address, port)));
  }
  try {
    return [bindUdp("::", port)];
  } catch (error) {
    // Where IPv6 is off, plain IPv4 is all there is; every other failure would be the same there.
    if (!(error instanceof NetworkError)) throw error;
    const code = systemCode(error.cause);
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    return [bindUdp("0.0.0.0", port)];
  }
}

/**
 * The ports that answers leave from, on the address that was asked: any, or those of a range, as
 * many as a pool needs. Throws {@linkcode NetworkError} when the range has none to give.
 */
export function bindPool(hostname: string, range?: PortRange): Endpoint[] {
  if (!range) return bindAll(Array.from({ length: POOL_PORTS }, () => () => bindUdp(hostname, 0)));
  const bound: Endpoint[] = [];
  let refusal: unknown;
  for (let port = range.first; port <= range.last && bound.length < POOL_PORTS; port++) {
    try {
      bound.push(bindUdp(hostname, port));
    } catch (error) {
      // Somebody else may have one of them.
      refusal = error;
    }
  }
  if (bound.length > 0) return bound;
  throw new NetworkError(
    `None of the ports ${range.first} to ${range.last} can be bound: ${(refusal as Error).message}`,
  );
}

function bindAll(binds: readonly (() => Endpoint)[]): Endpoint[] {
  const bound: Endpoint[] = [];
  try {
    for (const bind of binds) bound.push(bind());
    return bound;
  } catch (error) {
    for (const endpoint of bound) endpoint.close();
    throw error;
  }
}
