/** Proxy DHCP: another DHCP server gives the addresses, and dnsmasq adds the boot file. */

import { assertEquals } from "@std/assert";
import { dnsmasq } from "./dhcp.ts";
import { bootFolder, bootNetwork, lacks, sent, serve, stopAfter } from "./lab.ts";
import { BIOS, boot } from "./machine.ts";
import { Namespace } from "./namespace.ts";
import { recipe } from "./recipe.ts";

/** What a home router says: addresses, and nothing about booting. */
const ROUTER = `
port=0
interface=lan0
dhcp-range=192.0.2.100,192.0.2.200,255.255.255.0,12h
`;

Deno.test({
  name: "a BIOS boots from tftp serve by the recipe for proxy DHCP beside another DHCP server",
  ignore: lacks("dnsmasq-base"),
  fn: async () => {
    using folder = bootFolder();
    folder.write("boot.ipxe", "#!ipxe\necho boot.ipxe runs\n");
    await using network = await bootNetwork();
    await using router = await Namespace.start("");
    await network.must(`
      ip link add port1 type veth peer name lan0 netns ${router.pid}
      ip link set port1 master eth0 up
    `);
    await router.must("ip addr add 192.0.2.254/24 dev lan0 && ip link set lan0 up");
    await using addresses = await dnsmasq(router, ROUTER);
    await using proxy = await dnsmasq(network, await recipe("dnsmasq-proxy.conf"));
    const server = await serve(network, [folder.path]);
    await boot(network, BIOS, /boot.ipxe runs/).catch((error) => {
      throw new Error(`${error.message}\n${server.output()}\n${addresses.log()}\n${proxy.log()}`);
    });
    assertEquals(sent(await stopAfter(server, "boot.ipxe")), ["boot.ipxe"]);
  },
});
