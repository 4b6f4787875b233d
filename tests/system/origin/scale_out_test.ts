/**
 * Two gateways behind a router that spreads clients over both by their addresses (ECMP), one nginx
 * behind them, and the end of one gateway in the middle of a storm: in networks of our own.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Sha256 } from "../../../src/files/sha256.ts";
import { cliArgs, importMapArgs, run } from "../../helpers/process/cli.ts";
import { lacks } from "../../helpers/net/nginx.ts";
import { isCi } from "../../helpers/process/peers.ts";
import type { StormResult } from "../../helpers/process/storm_program.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const PROGRAM = fromFileUrl(new URL("../../helpers/process/storm_program.ts", import.meta.url));
const CLIENTS = 200;
const FILE_BYTES = 150_000;

/** nginx on the router, with as little as it needs. */
const NGINX = (folder: string) => `
user root; daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events { worker_connections 2048; }
http {
  log_format short '$remote_addr $request_uri $status';
  access_log ${folder}/access.log short;
  ${
  ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")
}
  server { listen 0.0.0.0:8080; root ${folder}/www; }
}
`;

/**
 * The clients' network, the router's and those of the gateways, which share one address. $1 is the
 * folder, the rest starts a gateway; a cable's ends are named after both of its networks.
 */
const STORM = `
set -e
folder=$1; shift
new_network() {
  unshare --net sleep 100 >/dev/null 2>&1 & pid=$!
  while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do :; done
}
new_network; router=$pid
new_network; one=$pid
new_network; two=$pid
trap 'kill $router $one $two $nginx $first $second 2>/dev/null || :' EXIT
in_router() { nsenter -t $router -n "$@"; }
ip link set lo up
ip link add c-r type veth peer name r-c netns $router
for i in $(seq 2 ${CLIENTS + 1}); do echo "addr add 10.1.0.$i/16 dev c-r"; done | ip -batch -
ip link set c-r up
ip route add default via 10.1.255.1
in_router sh -c '
  ip link set lo up
  ip addr add 10.1.255.1/16 dev r-c && ip link set r-c up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 0 >/proc/sys/net/ipv4/fib_multipath_hash_policy'
gateway() { # number, network, command...
  number=$1 network=$2; shift 2
  in_router ip link add r-$number type veth peer name g-r netns $network
  in_router ip addr add 10.2.$number.1/24 dev r-$number
  in_router ip link set r-$number up
  nsenter -t $network -n sh -c "
    ip link set lo up && ip addr add 203.0.113.69/32 dev lo
    ip addr add 10.2.$number.2/24 dev g-r && ip link set g-r up
    ip route add default via 10.2.$number.1"
  nsenter -t $network -n "$@" --cache $folder/cache-$number \\
    http://10.2.$number.1:8080/ >$folder/log-$number 2>&1 & started=$!
}
nsenter -t $router -n nginx -p $folder -c $folder/nginx.conf -e stderr \\
  >$folder/nginx.log 2>&1 & nginx=$!
gateway 1 $one "$@"; first=$started
gateway 2 $two "$@"; second=$started
in_router ip route add 203.0.113.69 nexthop via 10.2.1.2 nexthop via 10.2.2.2
for number in 1 2; do
  tries=0
  until grep -q Ctrl-C $folder/log-$number; do
    tries=$((tries + 1)); [ $tries -lt 300 ] || { cat $folder/log-$number >&2; exit 1; }
    sleep 0.1
  done
done
`;

/** When some clients are done, one gateway is killed, and the router told so. */
const KILL = (program: string) => `
mkfifo $folder/told
${program} >$folder/told & storm=$!
{
  read moving && [ "$moving" = moving ]
  kill -9 $first
  in_router ip route replace 203.0.113.69 via 10.2.2.2
  read result
  echo "$result"
} <$folder/told
wait $storm
`;

const lacksNetworks = !await givesNetworks();

async function givesNetworks(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const cable = ["ip", "link", "add", "c-r", "type", "veth", "peer", "name", "r-c"];
  const asked = await run("unshare", { args: ["--net", ...cable] });
  if (asked.code === 0 || isCi()) return true;
  const line = `scale-out: left out, no network of one's own here: ${asked.stderr}`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return false;
}

Deno.test({
  name: "clients of a gateway that is killed get their file from the other, or an ERROR",
  ignore: lacks("nginx") || lacksNetworks,
  fn: async () => {
    using folder = new TempFolder();
    const content = pattern(FILE_BYTES);
    folder.write("www/kernel", content);
    folder.write("nginx.conf", NGINX(folder.path));
    const hash = new Sha256();
    hash.add(content);
    const words = [
      ...[Deno.execPath(), "run", ...importMapArgs(), "--unstable-net", "-A", PROGRAM],
      ...["203.0.113.69", "kernel", hash.hex, `${CLIENTS}`],
    ];
    const gateway = [Deno.execPath(), ...cliArgs(["serve", "--single-port", "-a", "203.0.113.69"])];
    const { code, stdout, stderr } = await run("unshare", {
      args: ["--net", "sh", "-c", STORM + KILL(words.join(" ")), "sh", folder.path, ...gateway],
    });
    assertEquals(code, 0, stderr);
    const result: StormResult = JSON.parse(stdout);
    const said = `${stdout}\n${stderr}\n${folder.text("log-2").slice(-2000)}`;
    assertEquals(result.corrupt, 0, said);
    assertEquals(result.whole + result.told, CLIENTS, said);
    // The gateway that is left has room for all.
    assertEquals(result.told, 0, said);
    assert(result.again > 0, `nobody had to begin again: ${said}`);
    const asked = folder.text("access.log").trim().split("\n");
    // One request of each gateway, and from neither more for all the beginning again.
    assertEquals(asked.toSorted(), ["10.2.1.2 /kernel 200", "10.2.2.2 /kernel 200"]);
  },
});
