/** Machines with a BIOS boot from `tftp serve`, as docs/netboot.md says. */

import { assertEquals } from "@std/assert";
import { dhcpd, dnsmasq, kea } from "./dhcp.ts";
import { bootNetwork, folderOfRecipe, lacks, sent, serve, stopAfter } from "./lab.ts";
import { BIOS, boot } from "./machine.ts";
import type { Daemon, Namespace } from "./namespace.ts";

const DHCP_SERVERS: [name: string, start: (network: Namespace) => Promise<Daemon>, of: string][] = [
  ["dnsmasq", (network) => dnsmasq(network), "dnsmasq-base"],
  ["ISC dhcpd", dhcpd, "isc-dhcp-server"],
  ["Kea", kea, "kea-dhcp4-server"],
];

for (const [name, start, of] of DHCP_SERVERS) {
  Deno.test({
    name: `a BIOS boots from tftp serve by iPXE, its script and the recipe for ${name}`,
    ignore: lacks(of),
    fn: async () => {
      using folder = await folderOfRecipe();
      await using network = await bootNetwork();
      await using dhcp = await start(network);
      const server = await serve(network, [folder.path]);
      await boot(network, BIOS, /vmlinuz has started with initrd.img/).catch((error) => {
        throw new Error(`${error.message}\n${server.output()}\n${dhcp.log()}`);
      });
      const log = await stopAfter(server, "initrd.img");
      assertEquals(sent(log), ["boot.ipxe", "vmlinuz", "initrd.img"]);
    },
  });
}
