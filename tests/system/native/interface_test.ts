/** Native sockets where a loopback does not do: on interfaces in a network of our own. */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { importMapArgs, run } from "../../helpers/cli.ts";

const PROGRAM = fromFileUrl(new URL("../../helpers/native_program.ts", import.meta.url));

/** Two interfaces at the ends of a cable, the second of them in another network. */
const CABLE = `
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

/** Runs lines of shell between which `$@` is the program. */
async function onCable(lines: string): Promise<unknown[]> {
  const program = [Deno.execPath(), "run", ...importMapArgs(), "--allow-ffi", PROGRAM];
  const args = ["--net", "sh", "-c", CABLE + lines, "sh", ...program];
  const { code, stdout, stderr } = await run("unshare", { args });
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Whether this machine, or the container that it is, gives nobody a network of their own. */
const lacksNetworks = !await givesNetworks();

async function givesNetworks(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const cable = ["ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0"];
  const asked = await run("unshare", { args: ["--net", ...cable] });
  if (asked.code === 0) return true;
  const line = `native interfaces: left out, no network of one's own here: ${asked.stderr}`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return false;
}

test("a native socket keeps the interface of a link-local address", async () => {
  const [shown] = await onCable('"$@" linkLocal fe80::77 near0');
  assertEquals(shown, {
    asker: "fe80::77%near0",
    answerer: "fe80::77%near0",
    bound: "fe80::77%near0",
  });
});

for (const blksize of [1468, 1469, 8192]) {
  test(`blocks of ${blksize} bytes arrive where fragments begin at 1469`, async () => {
    const results = await onCable(`
      inside "$@" collect 4711 ${blksize} &
      collecting=$!
      "$@" segments 198.51.100.2 4711 ${blksize}
      wait $collecting
    `);
    assertEquals(results.toSorted(), [42, { unsent: [], dropped: 0 }]);
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: lacksNetworks, fn });
}
