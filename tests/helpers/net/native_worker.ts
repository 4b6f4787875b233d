/** A worker with a native socket that talks to itself, and then waits. */

import { openNative } from "../../../src/net/native/mod.ts";
import { bytesOf, Told } from "./native.ts";

/** What a thread that is a worker has and others have not. */
const scope = globalThis as unknown as { postMessage?(message: unknown): void };

if (import.meta.main || scope.postMessage) {
  const { network } = openNative();
  const told = new Told();
  const socket = network.bind({ hostname: "127.0.0.1", port: 0 }, told);
  socket.send(bytesOf("from a worker"), socket.address);
  const [text] = await told.texts(1);
  // Long enough for the loop to wait on another thread.
  setTimeout(() => scope.postMessage?.(text), 20);
}
