/** Resolves host names, once per transfer: afterwards only the address counts. */

import { NetworkError } from "../engine/errors.ts";

/**
 * The address of a host, by the system's own resolver (the hosts file included).
 * Throws {@linkcode NetworkError} when there is none in the wanted family.
 */
export async function resolveHost(host: string, family?: 4 | 6): Promise<string> {
  const literal = literalFamily(host);
  if (literal && family && literal !== family) {
    throw new NetworkError(`"${host}" is not an IPv${family} address: leave out -${family}`);
  }
  if (literal) return canonical(host);
  try {
    return canonical((await lookup(host, family)).address);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const wanted = family ? ` to an IPv${family} address` : "";
    throw new NetworkError(`"${host}" does not resolve${wanted}: check the name`);
  }
}

/**
 * All addresses of a host, in the order in which the system prefers them.
 * Throws {@linkcode NetworkError} when there is none in the wanted family.
 */
export async function resolveAll(host: string, family?: 4 | 6): Promise<string[]> {
  const first = await resolveHost(host, family);
  if (literalFamily(host)) return [first];
  const found = await lookupAll(host, family);
  return [...new Set([first, ...found.map(({ address }) => canonical(address))])];
}

async function lookupAll(
  host: string,
  family: 4 | 6 | undefined,
): Promise<readonly { address: string }[]> {
  return await (await nodeDns()).lookup(host, { family: family ?? 0, all: true });
}

async function lookup(host: string, family: 4 | 6 | undefined): Promise<{ address: string }> {
  return await (await nodeDns()).lookup(host, { family: family ?? 0 });
}

/**
 * The resolver. Deno before 2.6 prints a warning to stderr when it is loaded, about a module of
 * Deno's own, and would fetch types from npm if its name were no variable.
 */
async function nodeDns() {
  const { process } = globalThis as { process?: { noDeprecation?: boolean } };
  if (process) process.noDeprecation = true;
  const name: string = "node:dns/promises";
  return await import(name);
}

/** An address as a socket spells that of a sender (RFC 5952), with its zone. */
function canonical(address: string): string {
  if (!address.includes(":")) return address;
  const [bare, zone] = address.split("%");
  const hostname = readIpv6(bare!);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(hostname);
  if (!mapped) return zone === undefined ? hostname : `${hostname}%${zone}`;
  const [high, low] = mapped.slice(1).map((part) => parseInt(part, 16)) as [number, number];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

function readIpv6(text: string): string {
  try {
    return new URL(`http://[${text}]`).hostname.slice(1, -1);
  } catch {
    throw new NetworkError(`"${text}" is not an IPv6 address: check the spelling`);
  }
}

/** Whether it is an address, which needs no resolver. */
export function isAddress(host: string): boolean {
  return literalFamily(host) !== undefined;
}

function literalFamily(host: string): 4 | 6 | undefined {
  if (host.includes(":")) return 6;
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 4 : undefined;
}
