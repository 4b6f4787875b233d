/**
 * The network of a server on the sockets of Deno. Its clock calls back right after the sockets had
 * their turn, by `setImmediate`. That is in a Node module, which a client need not load.
 */

import { DenoNetwork } from "./deno_network.ts";
import { SystemClock } from "./system_clock.ts";

/** Sockets of Deno for a server, which has requests that wait. */
export function serverNetwork(): DenoNetwork {
  return new DenoNetwork(new ServerClock());
}

class ServerClock extends SystemClock {
  override after(ms: number, callback: () => void): () => void {
    if (ms > 0) return super.after(ms, callback);
    const next = setImmediate(callback);
    return () => clearImmediate(next);
  }
}
