/** Where a server listens, and which ports it answers from. Pure. */

/** A range of ports to answer from, both ends included. */
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

/** The ports to try for a pool, in order: any free ones, or those of a range. */
export function poolPorts(size: number, range: PortRange | undefined): readonly number[] {
  if (!range) return Array.from({ length: size }, () => 0);
  return Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index);
}

/** Whether a failed bind only says that this machine has no IPv6. */
export function lacksIpv6(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
}
