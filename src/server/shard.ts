/** Which worker serves which client, and from which ports. Pure. */

import type { PortRange } from "./listen.ts";
import { plainHostname } from "../engine/address.ts";
import { ipBytes } from "../net/ip_address.ts";

/**
 * The worker of a client, counted from 0. It is always the same one, so everything known about a
 * client is in one place. Consecutive addresses go to different workers, since machines that boot
 * together often have such.
 */
export function workerOf(hostname: string, workers: number): number {
  const plain = plainHostname(hostname);
  const [separator, base] = plain.includes(":") ? [":", 16] as const : [".", 10] as const;
  return plain.split(separator).reduce(
    (sum, part) => (sum * 257 + (parseInt(part, base) || 0)) % workers,
    0,
  );
}

/**
 * The worker of a client whose datagrams the system gives to one of several native sockets: the
 * same as `client_filter.ts` computes. The system gives a broadcast to all of them.
 */
export function sharerOf(hostname: string, workers: number): number {
  const bytes = ipBytes(hostname);
  if (!bytes) return 0;
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 4) return words.getUint32(0) % workers;
  return ((words.getUint32(8) ^ words.getUint32(12)) >>> 0) % workers;
}

/** Whether this worker, one of those that share a port, has the client. */
export function isServedHere(
  hostname: string,
  shared: { readonly index: number; readonly count: number } | undefined,
): boolean {
  return shared === undefined || sharerOf(hostname, shared.count) === shared.index;
}

/** A worker's share of a port range, which has at least as many ports as there are workers. */
export function portsOf({ first, last }: PortRange, worker: number, workers: number): PortRange {
  const ports = last - first + 1;
  const begin = (index: number) => first + Math.floor(ports * index / workers);
  return { first: begin(worker), last: begin(worker + 1) - 1 };
}
