/**
 * What a boot needs: a network, a folder with boot files, `tftp serve`, and the programs for it.
 */

import { cliArgs, type RunningServer, startProgram } from "../helpers/process/cli.ts";
import { findProgram } from "../helpers/process/peers.ts";
import { TempFolder } from "../helpers/files/temp_folder.ts";
import { NGINX } from "../helpers/net/nginx.ts";
import { until } from "../helpers/sim/within.ts";
import { leaveOut, missingAmong, type Wanted } from "../helpers/process/missing.ts";
import { DHCPD, DNSMASQ, KEA } from "./dhcp.ts";
import { efiProgram } from "./efi_program.ts";
import { OVMF_CODE, QEMU, TAP } from "./machine.ts";
import { Namespace } from "./namespace.ts";
import { recipe } from "./recipe.ts";

/** The address of the server in all recipes. */
export const SERVER = "192.0.2.1";

/** Where Debian's package ipxe keeps its boot files. */
const IPXE = "/usr/lib/ipxe";

/** GRUB for network boot, of Debian's package grub-efi-amd64-bin. */
export const GRUB = "/usr/lib/grub/x86_64-efi/monolithic/grubnetx64.efi";

const QEMU_PROGRAM = { name: QEMU, flag: "--version", says: /version ([\d.]+)/ };

const leftOut = leaveOut(
  "booting from the network",
  missingAmong([
    { name: "qemu-system-x86", find: () => findProgram(QEMU_PROGRAM), needsRoot: true },
    { name: "dnsmasq-base", find: () => findProgram(DNSMASQ) },
    { name: "isc-dhcp-server", find: () => findProgram(DHCPD) },
    { name: "kea-dhcp4-server", find: () => findProgram(KEA) },
    { name: "nginx-light", find: () => findProgram(NGINX) },
    file("ipxe", `${IPXE}/undionly.kpxe`),
    file("ovmf", OVMF_CODE),
    file("grub-efi-amd64-bin", GRUB),
  ]),
);

/** Whether one of these Debian packages is missing here. In CI none is, or the test fails. */
export function lacks(...packages: string[]): boolean {
  return ["qemu-system-x86", "ipxe", ...packages].some(leftOut);
}

function file(name: string, path: string): Wanted {
  return { name, find: () => isFile(path) ? { path, version: "" } : undefined };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The network of the recipes: the server's address is on eth0, and the machine that boots is
 * connected to it. eth0 is a bridge, so that others can be connected too; one end of a cable is
 * always up, because DHCP servers want an interface with a carrier.
 */
export function bootNetwork(): Promise<Namespace> {
  return Namespace.start(`
    ip link add eth0 type bridge
    ip link add port0 type veth peer name cable0
    ip link set cable0 up
    ip link set port0 master eth0 up
    ip tuntap add dev ${TAP} mode tap
    ip link set ${TAP} master eth0 up
    ip addr add ${SERVER}/24 dev eth0
    ip link set eth0 up
    for try in $(seq 100); do
      ip link show eth0 | grep -q LOWER_UP && break
      sleep 0.05
    done
  `);
}

/**
 * Starts `tftp serve` on port 69 of that network. A machine that is switched off may take its last
 * ACK with it: the server waits for that no longer than a test waits for the line of the file.
 */
export function serve(network: Namespace, args: readonly string[]): Promise<RunningServer> {
  const options = ["-a", SERVER, "--idle-timeout", "8"];
  const words = [Deno.execPath(), ...cliArgs(["serve", ...options, ...args])];
  const [program, inside] = network.command(words);
  return startProgram(program, { args: inside });
}

/** A folder with these files of iPXE, to be served. */
export function bootFolder(...names: string[]): TempFolder {
  const folder = new TempFolder();
  for (const name of names) Deno.copyFileSync(`${IPXE}/${name}`, folder.at(name));
  return folder;
}

/** What the kernel that boots here, which is iPXE again, finds in its initrd. */
const INITRD = "#!ipxe\necho vmlinuz has started with initrd.img\n";

/** The recipe's script, and a kernel and an initrd for it. */
export async function folderOfRecipe(): Promise<TempFolder> {
  const folder = bootFolder("ipxe.lkrn");
  await Deno.rename(folder.at("ipxe.lkrn"), folder.at("vmlinuz"));
  folder.write("boot.ipxe", await recipe("boot.ipxe"));
  folder.write("initrd.img", INITRD);
  return folder;
}

/** The same for UEFI, which fetches iPXE first. */
export async function folderOfUefiRecipe(): Promise<TempFolder> {
  const folder = bootFolder("ipxe.efi");
  folder.write("boot.ipxe", await recipe("boot.ipxe"));
  folder.write("vmlinuz", efiProgram("vmlinuz has started"));
  folder.write("initrd.img", "x".repeat(70_000));
  return folder;
}

/**
 * Stops a server once it has sent this file whole: the machine may run what it has fetched before
 * the server has read its last ACK. Returns the log.
 */
export async function stopAfter(server: RunningServer, last: string): Promise<string> {
  await until(() => sent(server.output()).includes(last), `${last} in ${server.output()}`);
  const { stdout } = await server.stop();
  return stdout;
}

/** The files that a server has sent whole, in order, by its log. */
export function sent(log: string): string[] {
  return [...log.matchAll(/ get "([^"]+)" \d[\d,]* bytes/g)].map(([, name = ""]) => name);
}
