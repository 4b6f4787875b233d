/**
 * Looks at the machine's network: ports, addresses, firewall and buffers. It never prompts the
 * user: a fact that Deno does not permit is reported with the flag that permits it. It changes
 * nothing; a port is bound for a moment only.
 */

import type { Network } from "../../engine/network.ts";
import { systemCode } from "../../engine/errors.ts";
import type { BindTrial, Buffers, Firewall, Holder, Known, OwnAddress } from "../machine/facts.ts";
import { socketsIn } from "../machine/proc_net.ts";

/** How many processes are searched for sockets. */
const MAX_PROCESSES = 10_000;
const EVERYTHING = ["net", "read", "write", "env", "sys", "run", "ffi", "import"] as const;
const TABLES = ["/proc/net/udp", "/proc/net/udp6"];

export function allowed(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** Deno lets only programs with all permissions read /proc, and would prompt otherwise. */
function readsProc(): boolean {
  return EVERYTHING.every((name) => allowed({ name } as Deno.PermissionDescriptor));
}

/** Binds each for a moment. */
export function tryPort(
  network: Network,
  addresses: readonly string[],
  port: number,
): BindTrial[] {
  const nothing = () => {};
  const handler = { receive: nothing, unsendable: nothing, failed: nothing, broken: nothing };
  return addresses.map((hostname) => {
    try {
      network.bind({ hostname, port }, handler).close();
      return { hostname };
    } catch (error) {
      const { message } = error as Error;
      return { hostname, error: systemCode(error) ?? "unknown", message };
    }
  });
}

/** Which program has a port, as far as /proc shows. */
export function holdersOf(port: number): Known<readonly Holder[]> {
  if (Deno.build.os !== "linux") return { missing: "see netstat for who has it" };
  if (!readsProc()) return { missing: "run Deno with --allow-all" };
  try {
    const sockets = TABLES.filter(exists).flatMap((path) => socketsIn(Deno.readTextFileSync(path)));
    const own = sockets.filter((socket) => socket.port === port);
    const programs = programsOf(new Set(own.map(({ inode }) => inode)));
    return {
      value: own.map(({ address, inode }) => {
        const process = programs.get(inode);
        return { address, inode, ...(process === undefined ? {} : { process }) };
      }),
    };
  } catch {
    return { missing: "run this as root" };
  }
}

/** The programs that have sockets open, by the inodes of the sockets. */
function programsOf(inodes: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  if (inodes.size === 0) return found;
  let looked = 0;
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid) || found.size === inodes.size) continue;
    if (++looked > MAX_PROCESSES) break;
    try {
      for (const { name: fd } of Deno.readDirSync(`/proc/${pid}/fd`)) {
        const link = Deno.readLinkSync(`/proc/${pid}/fd/${fd}`);
        const inode = Number(/^socket:\[(\d+)\]$/.exec(link)?.[1]);
        if (!inodes.has(inode)) continue;
        found.set(inode, `${Deno.readTextFileSync(`/proc/${pid}/comm`).trim()} (process ${pid})`);
      }
    } catch {
      // A process of another user, or one that has ended.
    }
  }
  return found;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

export function ownAddresses(): Known<readonly OwnAddress[]> {
  if (!allowed({ name: "sys", kind: "networkInterfaces" })) {
    return { missing: "add --allow-sys=networkInterfaces" };
  }
  return {
    value: Deno.networkInterfaces().map(({ name, address, family }) => ({
      ...{ name, address, family: family === "IPv6" ? 6 : 4 },
    })),
  };
}

export function receiveBuffers(): Known<Buffers> {
  if (Deno.build.os !== "linux") return { missing: "these limits can only be read on Linux" };
  const folder = "/proc/sys/net/core";
  const yourself = "check with: sysctl net.core.rmem_default net.core.rmem_max";
  if (!readsProc()) return { missing: `add --allow-all, or ${yourself}` };
  try {
    const read = (key: string) => Number(Deno.readTextFileSync(`${folder}/${key}`));
    return { value: { standard: read("rmem_default"), most: read("rmem_max") } };
  } catch {
    return { missing: yourself };
  }
}

const FIREWALLS = [["nft", ["list", "ruleset"]], ["iptables", ["-S"]]] as const;

/** The rules that the firewall's own program prints. */
export function firewallRules(): Known<Firewall> {
  const yourself = "check as root: nft list ruleset, or iptables -S";
  if (Deno.build.os !== "linux") return { missing: "look at this system's own settings" };
  let reason = `add --allow-run=nft,iptables, or ${yourself}`;
  for (const [program, args] of FIREWALLS) {
    if (!allowed({ name: "run", command: program })) continue;
    try {
      const output = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
      const { success, stdout } = new Deno.Command(program, { args: [...args], ...output })
        .outputSync();
      const text = new TextDecoder().decode(stdout);
      if (success) return { value: { program, text } };
      reason = `${program} does not tell this user: ${yourself}`;
    } catch {
      reason = `neither nft nor iptables is installed; check another firewall with its own program`;
    }
  }
  return { missing: reason };
}
