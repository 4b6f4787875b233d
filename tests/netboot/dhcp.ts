/** DHCP servers with the configurations of docs/netboot.md, in the foreground. */

import { assert } from "@std/assert";
import { findProgram, type Program } from "../helpers/process/peers.ts";
import { TempFolder } from "../helpers/files/temp_folder.ts";
import type { Daemon, Namespace } from "./namespace.ts";
import { recipe } from "./recipe.ts";

export const DNSMASQ = { name: "dnsmasq", flag: "--version", says: /Dnsmasq version (\S+)/ };
export const DHCPD = { name: "dhcpd", flag: "--version", says: /isc-dhcpd-([\w.-]+)/ };
export const KEA = { name: "kea-dhcp4", flag: "-v", says: /^([\d.]+)/ };

function pathOf(program: Program): string {
  const found = findProgram(program);
  assert(found !== undefined, `${program.name} is not installed`);
  return found.path;
}

/** dnsmasq with a recipe, or with lines of the test. */
export async function dnsmasq(
  network: Namespace,
  lines?: string,
): Promise<Daemon> {
  using folder = new TempFolder();
  const config = folder.write("dnsmasq.conf", lines ?? await recipe("dnsmasq.conf"));
  const own = [
    "--keep-in-foreground",
    "--log-facility=-",
    "--log-dhcp",
    "--leasefile-ro",
    "--no-ping",
  ];
  const words = [pathOf(DNSMASQ), `--conf-file=${config}`, ...own, "--user=root", "--pid-file="];
  return await network.daemon(words, /dnsmasq-dhcp.*: DHCP.*\n/);
}

/** ISC dhcpd with its recipe. */
export async function dhcpd(network: Namespace): Promise<Daemon> {
  const folder = new TempFolder();
  const config = folder.write("dhcpd.conf", await recipe("dhcpd.conf"));
  const leases = folder.write("leases", "");
  const words = [pathOf(DHCPD), "-4", "-f", "-d", "--no-pid", "-cf", config, "-lf", leases, "eth0"];
  const daemon = await network.daemon(words, /Server starting service/);
  return withFolder(daemon, folder);
}

/** Kea with its recipe. */
export async function kea(network: Namespace): Promise<Daemon> {
  const folder = new TempFolder();
  const config = folder.write("kea-dhcp4.conf", await recipe("kea-dhcp4.conf"));
  const own = [`KEA_PIDFILE_DIR=${folder.path}`, `KEA_LOCKFILE_DIR=${folder.path}`];
  const words = ["env", ...own, pathOf(KEA), "-c", config];
  return withFolder(await network.daemon(words, /DHCP4_STARTED/), folder);
}

/** A daemon that needs its files as long as it runs. */
function withFolder(daemon: Daemon, folder: TempFolder): Daemon {
  const dispose = async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return { log: daemon.log, [Symbol.asyncDispose]: dispose };
}
