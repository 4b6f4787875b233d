/** Why a socket can't be had, in words that say what to do. */

import { NetworkError } from "../engine/errors.ts";

/**
 * What to say of a failed bind. `code` is the system's name for it, such as "EADDRINUSE", or its
 * own words where it has none; `where` is the address as people write it.
 */
export function bindError(
  code: string,
  where: string,
  { port, cause }: { port: number; cause?: unknown },
): NetworkError {
  switch (code) {
    case "EADDRINUSE":
      return new NetworkError(
        `Port ${where} is in use by another program: stop it, or choose another port with --port`,
      );
    case "EACCES":
    case "EPERM":
      return new NetworkError(
        `Port ${port} needs a right that this user does not have: ` +
          `run as root, grant CAP_NET_BIND_SERVICE, or choose a port from 1024 up with --port`,
      );
    case "EADDRNOTAVAIL":
      return withCode(
        new NetworkError(`${where} is no address of this machine: see --address`, { cause }),
        code,
      );
    case "EAFNOSUPPORT":
      return withCode(
        new NetworkError(`${where} can't be bound: this machine has no such address family`, {
          cause,
        }),
        code,
      );
  }
  return new NetworkError(`${where} can't be bound: ${code}`);
}

/** Keeps the system's name of it, for who can do without this address. */
function withCode(error: NetworkError, code: string): NetworkError {
  return Object.assign(error, { code });
}
