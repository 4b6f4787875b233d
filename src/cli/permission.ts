/**
 * Deno's permissions, asked for before anything is sent. On a terminal Deno asks the user; anywhere
 * else all that are missing are told in one sentence, with the flags that give them. What a command
 * does not need is given back before it runs.
 */

import type { Build } from "./build.ts";
import type { Command } from "./command.ts";
import { hostPort } from "./format.ts";
import { NEVER_GRANTED, powersOf } from "./powers.ts";

/** Deno was started, or this program built, without something the command needs. */
export class PermissionError extends Error {
  override name = "PermissionError";
}

/** Something a command will do, and the permission it takes. */
export interface Need {
  readonly deed: string;
  readonly flag: string;
  readonly permission: Deno.PermissionDescriptor;
}

/** To talk to a host, or without one to anybody. */
export function net(host?: string): Need {
  const flag = "--allow-net";
  if (host === undefined) return { deed: "use the network", flag, permission: { name: "net" } };
  const target = host.includes(":") ? `[${host}]` : host;
  return { deed: `reach ${target}`, flag, permission: { name: "net", host: target } };
}

/** To have a socket of an address. Port 0 is any free one: what answers to a request come from. */
export function bind(hostname: string, port: number): Need {
  const host = hostPort(hostname, port);
  const deed = port === 0 ? `open sockets on ${host.slice(0, -2)}` : `listen on ${host}`;
  return { deed, flag: "--allow-net", permission: { name: "net", host } };
}

/** What a client of this host needs of the network; a name may turn out to be of either family. */
export function reach(host: string): Need[] {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return [net(host), bind("0.0.0.0", 0)];
  return host.includes(":") ? [net(host), bind("::", 0)] : [net(host)];
}

/** What any transfer with these hosts needs: them, a socket of our own, a place for captures. */
export function networkNeeds(
  hosts: readonly string[],
  { from, pcap }: { readonly from: string | undefined; readonly pcap: string | undefined },
): Need[] {
  const ways = from === undefined ? hosts.flatMap(reach) : [...hosts.map(net), bind(from, 0)];
  return [...ways, ...(pcap === undefined ? [] : [write(pcap)])];
}

export function read(path: string): Need {
  return { deed: `read "${path}"`, flag: "--allow-read", permission: { name: "read", path } };
}

export function write(path: string): Need {
  return { deed: `write "${path}"`, flag: "--allow-write", permission: { name: "write", path } };
}

export function environment(variable: string): Need {
  return {
    deed: `read the environment's ${variable}`,
    flag: `--allow-env=${variable}`,
    permission: { name: "env", variable },
  };
}

export function run(command: string): Need {
  const flag = `--allow-run=${command}`;
  return { deed: `run "${command}"`, flag, permission: { name: "run", command } };
}

/** Those of the needs that are not granted, after Deno has asked where it can. */
export async function missing(needs: readonly Need[]): Promise<Need[]> {
  const lacking: Need[] = [];
  for (const need of needs) {
    const { state } = await Deno.permissions.request(need.permission);
    const known = lacking.some((other) => other.deed === need.deed);
    if (state !== "granted" && !known) lacking.push(need);
  }
  return lacking;
}

/** Those of the needs that are not granted; nothing is asked of the user. */
export function notGranted(needs: readonly Need[]): Need[] {
  return needs.filter(({ permission }) =>
    Deno.permissions.querySync(permission).state !== "granted"
  );
}

/**
 * The same for a server's own addresses. Where these are not granted one by one, the whole network
 * is asked for: a user at a terminal should not be asked about each client later.
 */
export async function missingToListen(needs: readonly Need[]): Promise<Need[]> {
  const states = needs.map((need) => Deno.permissions.querySync(need.permission).state);
  const lacking = needs.filter((_, index) => states[index] !== "granted");
  if (lacking.length === 0 || Deno.build.standalone) return lacking;
  return await missing([net()]);
}

/** @throws {PermissionError} that tells all of them, if there are any. */
export function refuseWithout(
  lacking: readonly Need[],
  compiled: boolean = Deno.build.standalone,
): void {
  if (lacking.length === 0) return;
  const deeds = lacking.map((need) => need.deed).join(", ");
  if (compiled) {
    throw new PermissionError(
      `this binary was built without permission to ${deeds}: ` +
        `"tftp --permissions" tells what it may do`,
    );
  }
  const flags = [...new Set(lacking.map((need) => need.flag))].join(" ");
  throw new PermissionError(`missing permission to ${deeds}: run Deno with ${flags}`);
}

/**
 * Gives back what the command will not need. Nothing can bring it back in this process.
 *
 * @throws {PermissionError} where a client-only build is told to serve.
 */
export async function keepOnlyWhatIsNeeded(
  command: Command,
  build: Build | undefined,
): Promise<void> {
  if (build?.kind === "client" && command.kind === "serve") {
    throw new PermissionError("this binary is a client only: it was built without a server");
  }
  const kept: readonly string[] = powersOf(command);
  for (const name of ["net", "read", "write", ...NEVER_GRANTED]) {
    if (kept.includes(name)) continue;
    await Deno.permissions.revoke({ name } as Deno.PermissionDescriptor);
  }
}

/** @throws {PermissionError} where Deno was started without UDP. */
export function needDatagrams(): void {
  if (Deno.listenDatagram === undefined) {
    throw new PermissionError(
      "UDP is an unstable part of Deno, and switched off: run Deno with --unstable-net, or with " +
        "this program's deno.json beside it",
    );
  }
}
