/**
 * Who may ask. Another site's page can make a browser ask this server under that site's own name
 * (DNS rebinding), so the `Host` must be a name of this server. Pure.
 */

import { parseAddress } from "../server/cidr.ts";

/** Which requests to accept. */
export interface GuardSettings {
  /** The address that the server listens on. */
  readonly hostname: string;
  /** Names of this server besides its addresses. */
  readonly names: readonly string[];
  /** The token that a request must have. */
  readonly token?: string | undefined;
}

export class Guard {
  readonly #names: ReadonlySet<string>;
  readonly #takesAnyAddress: boolean;
  readonly #token: Uint8Array | undefined;

  constructor({ hostname, names, token }: GuardSettings) {
    this.#names = new Set(["localhost", hostname, ...names].map((name) => name.toLowerCase()));
    // An address always means this machine; only a name can be made to point here.
    this.#takesAnyAddress = hostname === "0.0.0.0" || hostname === "::";
    this.#token = token === undefined ? undefined : new TextEncoder().encode(token);
  }

  /** Whether a `Host` header names this server. */
  isHere(host: string | null): boolean {
    const name = (host ?? "").toLowerCase().replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
    if (this.#names.has(name) || isLoopback(name)) return true;
    return this.#takesAnyAddress && parseAddress(name) !== undefined;
  }

  /** Whether an `Authorization` header has the token, where one is needed. */
  isKnown(authorization: string | null): boolean {
    if (!this.#token) return true;
    const shown = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
    return isSame(new TextEncoder().encode(shown), this.#token);
  }
}

/** Whether an address is a loopback one. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/** Compares in a time that does not show where two texts differ. */
function isSame(shown: Uint8Array, expected: Uint8Array): boolean {
  let difference = shown.length ^ expected.length;
  for (let at = 0; at < expected.length; at++) difference |= (shown[at] ?? 0) ^ expected[at]!;
  return difference === 0;
}
