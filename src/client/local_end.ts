/** The client's socket, at the local address and port that the user wants. */

import type { Address } from "../protocol/mod.ts";
import { NetworkError } from "../engine/errors.ts";
import type { DatagramHandler, Network, Socket } from "../engine/network.ts";

export interface LocalEnd {
  readonly from?: string;
  readonly localPorts?: readonly [first: number, last: number];
  readonly interfaceName?: string;
}

/**
 * Binds a socket that can reach `peer`. From a range of ports it takes the first free one. Throws
 * {@linkcode NetworkError}.
 */
export function bindLocal(
  network: Network,
  { peer, end, handler }: { peer: Address; end: LocalEnd; handler: DatagramHandler },
): Socket {
  const { from, localPorts, interfaceName } = end;
  const hostname = from ?? (peer.hostname.includes(":") ? "::" : "0.0.0.0");
  const [first, last] = localPorts ?? [0, 0];
  const where = { hostname, ...(interfaceName === undefined ? {} : { interfaceName }) };
  for (let port = first; port <= last; port++) {
    try {
      return network.bind({ ...where, port }, handler);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // Any error but a port in use would be the same at the next port.
      if (!isTaken(error)) throw reworded(error, from);
    }
  }
  const ports = first === last ? `Port ${first} is` : `All ports from ${first} to ${last} are`;
  throw new NetworkError(`${ports} in use on this machine: choose others with --local-port`);
}

/** The address family that a local address requires of the server. */
export function familyOf(from: string | undefined): 4 | 6 | undefined {
  if (from === undefined) return undefined;
  return from.includes(":") ? 6 : 4;
}

function isTaken(error: NetworkError): boolean {
  return error.message.includes("in use");
}

function reworded(error: NetworkError, from: string | undefined): NetworkError {
  const message = error.message
    .replace("see --address", "see --from")
    .replace("with --port", "with --local-port");
  const isTold = from === undefined || message.includes("--");
  return new NetworkError(isTold ? message : `${message} (--from ${from})`);
}
