/** A network of a test's own, with something at its other end. */

import { run } from "../process/cli.ts";

/**
 * Two interfaces at the ends of a cable, the second of them in another network: the begin of a
 * script for `unshare --net sh -c`, which goes on with `inside COMMAND` for what runs there.
 */
export const CABLE = `
set -e
unshare --net sleep 60 &
far=$!
trap 'kill $far' EXIT
while [ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do :; done
ip link set lo up
ip link add near0 type veth peer name far0 netns "$far"
ip addr add 198.51.100.1/24 dev near0
ip -6 addr add fe80::77/64 dev near0 nodad
ip link set near0 up
inside() { nsenter -t "$far" -n "$@"; }
inside ip addr add 198.51.100.2/24 dev far0
inside ip link set far0 up
`;

/** Whether this machine, or the container that it is, gives nobody a network of their own. */
export const lacksNetworks = !await givesNetworks();

async function givesNetworks(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const cable = ["ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0"];
  const asked = await run("unshare", { args: ["--net", ...cable] });
  if (asked.code === 0) return true;
  const line = `native interfaces: left out, no network of one's own here: ${asked.stderr}`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return false;
}
