/** Where a server listens, and which ports it answers from. Pure. */

/**
 * A range of ports to answer from, both ends included.
 *
 * ```ts
 * import { type PortRange, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * // What a firewall lets through beside port 69.
 * const portRange: PortRange = { first: 50_000, last: 50_015 };
 * const network = new MemoryLan().machine("10.0.0.1");
 * await using server = serve({ network, portRange, handler: () => "welcome\n" });
 * if (server.addresses[0]!.port !== 69) throw new Error("requests still go to port 69");
 * ```
 */
export interface PortRange {
  /** The lowest port. */
  readonly first: number;
  /** The highest port. */
  readonly last: number;
}

/**
 * Where a server listens.
 *
 * ```ts
 * import { type ListenOptions, serve } from "@tftp/tftp";
 *
 * const where: ListenOptions = { port: 0, addresses: ["127.0.0.1"] };
 * await using server = serve({ ...where, handler: () => "welcome\n" });
 * // The system has chosen a port.
 * if (server.addresses[0]!.port === 0) throw new Error("it has none");
 * ```
 */
export interface ListenOptions {
  /** 0 lets the system choose. @default {69} */
  readonly port?: number;
  /** Addresses to listen on. @default {["::"], or ["0.0.0.0"] where IPv6 is off} */
  readonly addresses?: readonly string[];
}

/** The ports to try for a pool, in order: any free ones, or those of a range. */
export function poolPorts(size: number, range: PortRange | undefined): readonly number[] {
  if (!range) return Array.from({ length: size }, () => 0);
  return Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index);
}

/** Whether the code of a failed bind only says that this machine has no IPv6. */
export function lacksIpv6(code: string | undefined): boolean {
  return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
}
