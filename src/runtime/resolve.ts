/** Host names to addresses, once per transfer: afterwards only the address counts. */

import { lookup } from "node:dns/promises";
import { NetworkError } from "./errors.ts";

/**
 * The address of a host, by the system's own resolver (the hosts file included).
 * Throws {@linkcode NetworkError} when there is none in the wanted family.
 */
export async function resolveHost(host: string, family?: 4 | 6): Promise<string> {
  const literal = literalFamily(host);
  if (literal && family && literal !== family) {
    throw new NetworkError(`"${host}" is no IPv${family} address: leave out -${family}`);
  }
  try {
    return (await lookup(host, { family: family ?? 0 })).address;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const wanted = family ? ` to an IPv${family} address` : "";
    throw new NetworkError(`"${host}" does not resolve${wanted}: check the name`);
  }
}

function literalFamily(host: string): 4 | 6 | undefined {
  if (host.includes(":")) return 6;
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 4 : undefined;
}
