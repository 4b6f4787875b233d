/** A machine boots through a gateway: the files are on a web server, and `tftp serve` has none. */

import { assert, assertEquals } from "@std/assert";
import { TempFolder } from "../helpers/files/temp_folder.ts";
import { NGINX } from "../helpers/net/nginx.ts";
import { findProgram } from "../helpers/process/peers.ts";
import { dnsmasq } from "./dhcp.ts";
import {
  bootNetwork,
  folderOfRecipe,
  folderOfUefiRecipe,
  lacks,
  sent,
  serve,
  stopAfter,
} from "./lab.ts";
import { BIOS, boot, OVMF_VARS, uefi } from "./machine.ts";

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

/** Boots a machine from what the web server has, and returns what the gateway has sent whole. */
async function bootThrough(
  folder: TempFolder,
  machine: readonly string[],
  until: RegExp,
): Promise<string[]> {
  const program = findProgram(NGINX);
  assert(program !== undefined, "nginx is not installed");
  const config = folder.write("nginx.conf", nginxConf(folder.path));
  await using network = await bootNetwork();
  const words = [program.path, "-p", folder.path, "-c", config, "-e", "stderr"];
  await using _nginx = await network.daemon(words, /epoll/);
  await using dhcp = await dnsmasq(network);
  const server = await serve(network, ["--origin", ORIGIN]);
  await boot(network, machine, until).catch((error) => {
    throw new Error(`${error.message}\n${server.output()}\n${dhcp.log()}`);
  });
  return sent(await stopAfter(server, "initrd.img"));
}

Deno.test({
  name: "a BIOS boots through tftp serve as a gateway to a web server, by the recipe for dnsmasq",
  ignore: lacks("dnsmasq-base", "nginx-light"),
  fn: async () => {
    using folder = await folderOfRecipe();
    const files = await bootThrough(folder, BIOS, /vmlinuz has started with initrd.img/);
    assertEquals(files, ["boot.ipxe", "vmlinuz", "initrd.img"]);
  },
});

Deno.test({
  name: "UEFI boots through tftp serve as a gateway to a web server, by ipxe.efi and its script",
  ignore: lacks("dnsmasq-base", "nginx-light", "ovmf"),
  fn: async () => {
    using folder = await folderOfUefiRecipe();
    using firmware = new TempFolder();
    await Deno.copyFile(OVMF_VARS, firmware.at("variables"));
    const machine = uefi(firmware.at("variables"));
    const files = await bootThrough(folder, machine, /vmlinuz has started/);
    assertEquals(files, ["ipxe.efi", "boot.ipxe", "vmlinuz", "initrd.img"]);
  },
});
