/** Machines with UEFI boot from `tftp serve`, as docs/netboot.md says. */

import { assert, assertEquals } from "@std/assert";
import { TempFolder } from "../helpers/files/temp_folder.ts";
import { dnsmasq } from "./dhcp.ts";
import { efiProgram } from "./efi_program.ts";
import {
  bootFolder,
  bootNetwork,
  folderOfUefiRecipe,
  GRUB,
  lacks,
  sent,
  serve,
  stopAfter,
} from "./lab.ts";
import { boot, OVMF_VARS, uefi } from "./machine.ts";
import { recipe } from "./recipe.ts";

/** Boots the folder, and returns what the server has logged by the time it has sent the last. */
async function bootUefi(folder: TempFolder, until: RegExp, last: string): Promise<string> {
  using firmware = new TempFolder();
  await Deno.copyFile(OVMF_VARS, firmware.at("variables"));
  await using network = await bootNetwork();
  await using dhcp = await dnsmasq(network);
  const server = await serve(network, [folder.path]);
  await boot(network, uefi(firmware.at("variables")), until).catch((error) => {
    throw new Error(`${error.message}\n${server.output()}\n${dhcp.log()}`);
  });
  return await stopAfter(server, last);
}

Deno.test({
  name: "UEFI boots from tftp serve by its own PXE client, ipxe.efi and the recipe's script",
  ignore: lacks("dnsmasq-base", "ovmf"),
  fn: async () => {
    using folder = await folderOfUefiRecipe();
    const log = await bootUefi(folder, /vmlinuz has started/, "initrd.img");
    assertEquals(sent(log), ["ipxe.efi", "boot.ipxe", "vmlinuz", "initrd.img"]);
    assert(/get "ipxe\.efi" size query/.test(log), log);
  },
});

Deno.test({
  name: "UEFI boots from tftp serve by GRUB and the recipe's grub.cfg",
  ignore: lacks("dnsmasq-base", "ovmf", "grub-efi-amd64-bin"),
  fn: async () => {
    using folder = bootFolder();
    // It takes the place of ipxe.efi, as the recipe says.
    await Deno.copyFile(GRUB, folder.at("ipxe.efi"));
    const config = await recipe("grub.cfg");
    folder.write("grub/grub.cfg", `set default=1\n${config.replace("timeout=3", "timeout=0")}`);
    folder.write("other.efi", efiProgram("other.efi has started"));
    const log = await bootUefi(folder, /other\.efi has started/, "/other.efi");
    const files = sent(log);
    assertEquals([files[0], files.at(-1)], ["ipxe.efi", "/other.efi"]);
    assert(files.some((name) => name.endsWith("grub/grub.cfg")), log);
  },
});
