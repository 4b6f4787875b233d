/** Which worker serves which client, and from which ports. Pure. */

import type { PortRange } from "./listen.ts";
import { plainHostname } from "../engine/address.ts";

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

/** A worker's share of a port range, which has at least as many ports as there are workers. */
export function portsOf({ first, last }: PortRange, worker: number, workers: number): PortRange {
  const ports = last - first + 1;
  const begin = (index: number) => first + Math.floor(ports * index / workers);
  return { first: begin(worker), last: begin(worker + 1) - 1 };
}
