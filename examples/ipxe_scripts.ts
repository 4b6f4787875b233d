// deno-lint-ignore-file no-console
/**
 * Gives each client an iPXE script of its own, made when it is asked for, and everything else from
 * a folder. The machines and what they are to boot are in a file such as
 *
 *     { "192.0.2.7": "debian", "192.0.2.8": "rescue" }
 *
 *     deno run --unstable-net --allow-net --allow-read \
 *       examples/ipxe_scripts.ts hosts.json images 6969
 */

import { refusal, serve, type ServeRequest } from "@tftp/tftp";

const [hostsFile = "hosts.json", root = ".", port = "6969"] = Deno.args;

async function script({ name, client }: ServeRequest) {
  if (name !== "boot.ipxe") return null;
  // Read each time: whoever edits the file need not tell the server.
  const hosts: Record<string, string> = JSON.parse(await Deno.readTextFile(hostsFile));
  const image = hosts[client.hostname];
  if (image === undefined) return refusal(2, "No image is set for this machine");
  return [
    "#!ipxe",
    `kernel ${image}/vmlinuz hostip=${client.hostname}`,
    `initrd ${image}/initrd`,
    "boot",
    "",
  ].join("\n");
}

await using server = serve({ root, port: Number(port), handler: script });
Deno.addSignalListener("SIGINT", () => server.shutdown());
console.log(`listening on port ${server.addresses[0]!.port}`);
await server.finished;
