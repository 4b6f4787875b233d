/** Why an address can't be bound, in words. Pure. */

import { formatAddress } from "../engine/address.ts";
import { NetworkError } from "../engine/errors.ts";
import type { Address } from "../protocol/mod.ts";

/**
 * The error of a failed bind, by the system's error code, such as "EADDRINUSE". `otherwise` is the
 * reason for a code that has no sentence here.
 */
export function bindError(
  code: string | undefined,
  address: Address,
  otherwise: string,
  cause?: unknown,
): NetworkError {
  const error = new NetworkError(sentence(code, address, otherwise), { cause });
  // For callers that can do without this address.
  return code === undefined ? error : Object.assign(error, { code });
}

function sentence(code: string | undefined, address: Address, otherwise: string): string {
  const where = formatAddress(address);
  switch (code) {
    case "EADDRINUSE":
      return `Port ${where} is in use by another program: stop it, or choose another port ` +
        "with --port";
    case "EACCES":
      return `Port ${address.port} needs a privilege that this user does not have: ` +
        "run as root, grant CAP_NET_BIND_SERVICE, or choose a port from 1024 up with --port";
    case "EADDRNOTAVAIL":
      return `${where} is not an address of this machine: see --address`;
    case "EAFNOSUPPORT":
      return `${where} can't be bound: this machine has no such address family`;
    default:
      return `${where} can't be bound: ${otherwise}`;
  }
}
