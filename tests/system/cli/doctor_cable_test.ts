/** The doctor on a network of its own: a way that carries less than both ends believe. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { CABLE, lacksNetworks } from "../../helpers/net/cable.ts";
import { cliArgs, run } from "../../helpers/process/cli.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";

/** Runs lines of shell between which `$@` is `tftp`; the last one prints a report as JSON. */
async function reported(lines: string) {
  const args = ["--net", "sh", "-c", CABLE + lines, "sh", Deno.execPath(), ...cliArgs([])];
  const { code, stdout, stderr } = await run("unshare", { args });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

Deno.test({
  name: "doctor finds what a way carries whose far end takes no large packets",
  ignore: lacksNetworks,
  async fn() {
    using folder = new TempFolder();
    folder.write("file", new Uint8Array(100_000).fill(97));
    const { verdict, best } = await reported(`
      inside ip link set far0 mtu 1000
      "$@" serve -a 198.51.100.1 -p 6969 '${folder.path}' >/dev/null 2>&1 &
      serving=$!
      trap 'kill $serving $far' EXIT
      for try in $(seq 60); do
        inside "$@" get -q -b 512 -o /dev/null 198.51.100.1:6969 file 2>/dev/null && break
      done
      inside "$@" doctor --json 198.51.100.1:6969 file || true
    `);
    // Four bytes more than the MTU pass a cable of Linux: room for a VLAN tag.
    assertEquals([best.blksize, verdict.outcome], [972, "protocol"]);
    assertStringIncludes(verdict.sentences[1], "the way carries packets of 1004 bytes");
    assertStringIncludes(verdict.command, "--blksize 972 --windowsize");
  },
});

Deno.test({
  name: "doctor tells a host that is not there from one that is silent",
  ignore: lacksNetworks,
  async fn() {
    const { verdict } = await reported('"$@" doctor --json 198.51.100.9 || true');
    assertEquals(verdict.outcome, "no answer");
    const said = TEST_IO === "native" ? "no such host" : "Nothing came back";
    assertStringIncludes(verdict.sentences[1], said);
  },
});
