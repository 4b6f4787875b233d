/** A machine boots through a gateway: the files are on a web server, and `tftp serve` has none. */

import { assert, assertEquals } from "@std/assert";
import { findProgram } from "../helpers/process/peers.ts";
import { dnsmasq } from "./dhcp.ts";
import { bootNetwork, folderOfRecipe, lacks, NGINX, sent, serve } from "./lab.ts";
import { BIOS, boot } from "./machine.ts";

/** Where the web server listens in the network of the recipes. */
const ORIGIN = "http://127.0.0.1:8000/";

function nginxConf(folder: string): string {
  return `
user root;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  server {
    listen 127.0.0.1:8000;
    root ${folder};
  }
}
`;
}

Deno.test({
  name: "a BIOS boots through tftp serve as a gateway to a web server, by the recipe for dnsmasq",
  ignore: lacks("dnsmasq-base", "nginx-light"),
  fn: async () => {
    const program = findProgram(NGINX);
    assert(program !== undefined, "nginx is not installed");
    using folder = await folderOfRecipe();
    const config = folder.write("nginx.conf", nginxConf(folder.path));
    await using network = await bootNetwork();
    const words = [program.path, "-p", folder.path, "-c", config, "-e", "stderr"];
    await using _nginx = await network.daemon(words, /epoll/);
    await using dhcp = await dnsmasq(network);
    const server = await serve(network, ["--origin", ORIGIN]);
    await boot(network, BIOS, /vmlinuz has started with initrd.img/).catch((error) => {
      throw new Error(`${error.message}\n${server.output()}\n${dhcp.log()}`);
    });
    const { stdout } = await server.stop();
    assertEquals(sent(stdout), ["boot.ipxe", "vmlinuz", "initrd.img"]);
  },
});
