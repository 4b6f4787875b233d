/**
 * The network of a server on the sockets of Deno. Its clock calls back as soon as the sockets had
 * their turn, by `setImmediate`, which is a module of Node's that a client need not load.
 */

import { DenoNetwork } from "./deno_network.ts";
import { SystemClock } from "./system_clock.ts";

/** Sockets of Deno, for who has requests that wait. */
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
