/** How much one run may send to a server and receive from it. Pure. */

/** What a run may send and receive in total. */
export interface Limits {
  readonly datagrams: number;
  readonly bytes: number;
}

/** Without `--thorough`: datagrams sent, and bytes received. */
export const LIMITS: Limits = { datagrams: 4_000, bytes: 16 * 1024 * 1024 };

/** With it: a file of 32 MiB in blocks of 512 bytes, each acknowledged, and everything else. */
export const THOROUGH_LIMITS: Limits = { datagrams: 80_000, bytes: 64 * 1024 * 1024 };

/** Counts what a run sends and receives. */
export class Bounds {
  readonly limits: Limits;
  sent = 0;
  sentBytes = 0;
  received = 0;
  receivedBytes = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Whether the run has to end. */
  get reached(): boolean {
    return this.sent >= this.limits.datagrams || this.receivedBytes >= this.limits.bytes;
  }

  noteSent(bytes: number): void {
    this.sent++;
    this.sentBytes += bytes;
  }

  noteReceived(bytes: number): void {
    this.received++;
    this.receivedBytes += bytes;
  }
}
