/** A server for the soak: it serves, and tells on request what it holds. */

import { serve } from "../../src/mod.ts";
import { testServerNetwork } from "../helpers/net/test_network.ts";

if (import.meta.main) {
  const server = serve({
    root: Deno.args[0]!,
    port: 0,
    addresses: ["127.0.0.1"],
    uploads: "overwrite",
    idleTimeoutMs: 2000,
    network: testServerNetwork(),
  });
  say({ port: server.addresses[0]!.port });
  // A line in, a line out: what is held at this moment.
  for await (const _ of Deno.stdin.readable) {
    // What is garbage is no leak.
    (globalThis as { gc?: () => void }).gc?.();
    const descriptors = [...Deno.readDirSync("/proc/self/fd")].length;
    const memory = Deno.memoryUsage();
    const names = [...Deno.readDirSync(Deno.args[0]!)].map(({ name }) => name);
    const temporaryFiles = names.filter((name) => name.endsWith(".part")).length;
    say({ ...server.status, descriptors, temporaryFiles, rss: memory.rss, heap: memory.heapUsed });
  }
}

function say(value: unknown): void {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(value));
}
