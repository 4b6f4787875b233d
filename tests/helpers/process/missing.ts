/** What is done about a peer that is not on this machine. */

import { type Found, isCi, isRoot } from "./peers.ts";

/** A peer that may or may not be there. */
export interface Wanted {
  name: string;
  find(): Found | undefined;
  needsRoot?: boolean;
}

/** Why each of the peers that cannot be tried here cannot, as "atftpd (not installed)". */
export function missingAmong(peers: readonly Wanted[]): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const peer of peers) {
    if (peer.find() === undefined) reasons.set(peer.name, `${peer.name} (not installed)`);
    else if (peer.needsRoot === true && !isRoot()) {
      reasons.set(peer.name, `${peer.name} (needs root)`);
    }
  }
  return reasons;
}

/**
 * Says in one line on stderr what is left out, and answers whether a test that needs `peer` is to
 * be ignored. In continuous integration nothing is left out: there the test runs and fails.
 */
export function leaveOut(what: string, reasons: Map<string, string>): (peer: string) => boolean {
  if (isCi()) return () => false;
  if (reasons.size > 0) {
    const line = `${what}: left out, not found here: ${[...reasons.values()].join(", ")}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  }
  return (peer) => reasons.has(peer);
}
