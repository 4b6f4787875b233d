/** Machines with a BIOS boot from `tftp serve`, as docs/netboot.md says. */

import { assertEquals } from "@std/assert";
import type { TempFolder } from "../helpers/temp_folder.ts";
import { dhcpd, dnsmasq, kea } from "./dhcp.ts";
import { bootFolder, bootNetwork, lacks, sent, serve } from "./lab.ts";
import { BIOS, boot } from "./machine.ts";
import type { Daemon, Namespace } from "./namespace.ts";
import { recipe } from "./recipe.ts";

/** What the kernel that boots here, which is iPXE again, finds in its initrd. */
const INITRD = "#!ipxe\necho vmlinuz has started with initrd.img\n";

/** The recipe's script, and a kernel and an initrd for it. */
async function folderOfRecipe(): Promise<TempFolder> {
  const folder = bootFolder("ipxe.lkrn");
  await Deno.rename(folder.at("ipxe.lkrn"), folder.at("vmlinuz"));
  folder.write("boot.ipxe", await recipe("boot.ipxe"));
  folder.write("initrd.img", INITRD);
  return folder;
}

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
      const { stdout } = await server.stop();
      assertEquals(sent(stdout), ["boot.ipxe", "vmlinuz", "initrd.img"]);
    },
  });
}
