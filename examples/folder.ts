// deno-lint-ignore-file no-console
/**
 * Serves a folder, read only, and tells what is fetched from it.
 *
 *     deno run --unstable-net --allow-net --allow-read examples/folder.ts /srv/tftp 6969
 */

import { serve } from "@tftp/tftp";

const [root = ".", port = "6969"] = Deno.args;
await using server = serve({ root, port: Number(port) });
Deno.addSignalListener("SIGINT", () => server.shutdown());

console.log(`listening on port ${server.addresses[0]!.port}`);
for await (const event of server.events()) {
  if (event.kind !== "transfer") continue;
  console.log(`${event.client} ${event.result}: ${event.filename}, ${event.bytes} bytes`);
}
