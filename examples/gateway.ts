// deno-lint-ignore-file no-console
/**
 * A gateway: files come from an HTTP server while they are sent, and are stored nowhere. A client
 * that gives up ends its request there, and a slow client slows it down.
 *
 *     deno run --unstable-net --allow-net examples/gateway.ts http://192.0.2.1/images/ 6969
 */

import { refusal, serve } from "@tftp/tftp";

const [base = "http://127.0.0.1/", port = "6969"] = Deno.args;

await using server = serve({
  port: Number(port),
  handler: ({ name, signal }) => {
    const path = name.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
    if (path.includes("..")) return refusal(2);
    // 404 becomes "File not found", and Content-Length the size that clients are told.
    return fetch(new URL(path.map(encodeURIComponent).join("/"), base), { signal });
  },
});
Deno.addSignalListener("SIGINT", () => server.shutdown());
console.log(`listening on port ${server.addresses[0]!.port}`);
await server.finished;
