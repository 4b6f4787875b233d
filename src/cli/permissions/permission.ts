/**
 * Deno's permissions, checked before anything is sent. On a terminal Deno asks the user. Otherwise
 * one error message lists all missing permissions and the flags for them. Permissions that a
 * command does not need are given up before it runs.
 */

import type { Build } from "../args/build.ts";
import type { Command } from "../args/command.ts";
import { hostPort } from "../text/format.ts";
import { neededPermissions, NEVER_GRANTED } from "./needed_permissions.ts";

/** Deno was started, or this program was built, without a permission the command needs. */
export class PermissionError extends Error {
  override name = "PermissionError";
}

/** An operation of a command, and the permission for it. */
export interface Need {
  readonly operation: string;
  readonly flag: string;
  readonly permission: Deno.PermissionDescriptor;
}

/** To send to a host, or without one to any host. */
export function net(host?: string): Need {
  const flag = "--allow-net";
  if (host === undefined) {
    return { operation: "use the network", flag, permission: { name: "net" } };
  }
  const target = host.includes(":") ? `[${host}]` : host;
  return { operation: `reach ${target}`, flag, permission: { name: "net", host: target } };
}

/** To bind an address. Port 0 means any free port, to send answers from. */
export function bind(hostname: string, port: number): Need {
  const host = hostPort(hostname, port);
  const operation = port === 0 ? `open sockets on ${host.slice(0, -2)}` : `listen on ${host}`;
  return { operation, flag: "--allow-net", permission: { name: "net", host } };
}

/** The network permissions of a client of this host; a name may resolve to either family. */
export function reach(host: string): Need[] {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return [net(host), bind("0.0.0.0", 0)];
  return host.includes(":") ? [net(host), bind("::", 0)] : [net(host)];
}

/** The permissions of transfers with these hosts: the hosts, a local socket, a capture file. */
export function networkNeeds(
  hosts: readonly string[],
  { from, pcap }: { readonly from: string | undefined; readonly pcap: string | undefined },
): Need[] {
  const ways = from === undefined ? hosts.flatMap(reach) : [...hosts.map(net), bind(from, 0)];
  return [...ways, ...(pcap === undefined ? [] : [write(pcap)])];
}

export function read(path: string): Need {
  return { operation: `read "${path}"`, flag: "--allow-read", permission: { name: "read", path } };
}

export function write(path: string): Need {
  return {
    operation: `write "${path}"`,
    flag: "--allow-write",
    permission: { name: "write", path },
  };
}

export function environment(variable: string): Need {
  return {
    operation: `read ${variable} from the environment`,
    flag: `--allow-env=${variable}`,
    permission: { name: "env", variable },
  };
}

export function run(command: string): Need {
  const flag = `--allow-run=${command}`;
  return { operation: `run "${command}"`, flag, permission: { name: "run", command } };
}

/** The needs that are not granted, after Deno has prompted the user if it can. */
export async function missing(needs: readonly Need[]): Promise<Need[]> {
  const lacking: Need[] = [];
  for (const need of needs) {
    const { state } = await Deno.permissions.request(need.permission);
    const known = lacking.some((other) => other.operation === need.operation);
    if (state !== "granted" && !known) lacking.push(need);
  }
  return lacking;
}

/** The needs that are not granted, without a prompt. */
export function notGranted(needs: readonly Need[]): Need[] {
  return needs.filter(({ permission }) =>
    Deno.permissions.querySync(permission).state !== "granted"
  );
}

/**
 * The same for a server's own addresses. If they are not granted one by one, this asks for the
 * whole network: a user at a terminal should not be prompted for each client later.
 */
export async function missingToListen(needs: readonly Need[]): Promise<Need[]> {
  const states = needs.map((need) => Deno.permissions.querySync(need.permission).state);
  const lacking = needs.filter((_, index) => states[index] !== "granted");
  if (lacking.length === 0 || Deno.build.standalone) return lacking;
  return await missing([net()]);
}

/** @throws {PermissionError} that lists all of them, if there are any. */
export function refuseWithout(
  lacking: readonly Need[],
  compiled: boolean = Deno.build.standalone,
): void {
  if (lacking.length === 0) return;
  const operations = lacking.map((need) => need.operation).join(", ");
  if (compiled) {
    throw new PermissionError(
      `this binary was built without permission to ${operations}: ` +
        `"tftp --permissions" shows its permissions`,
    );
  }
  throw new PermissionError(
    `missing permission to ${operations}: run Deno with ${joinedFlags(lacking)}`,
  );
}

/** Every flag once: `--allow-env=A` and `--allow-env=B` become `--allow-env=A,B`. */
function joinedFlags(needs: readonly Need[]): string {
  const values = new Map<string, Set<string>>();
  for (const { flag } of needs) {
    const [name = "", value] = flag.split(/=(.*)/s);
    const known = values.get(name) ?? new Set();
    values.set(name, value === undefined ? known : known.add(value));
  }
  const joined = (name: string, list: Set<string>) =>
    list.size === 0 ? name : `${name}=${[...list].join(",")}`;
  return [...values].map(([name, list]) => joined(name, list)).join(" ");
}

/**
 * Gives up what the command will not need, for the rest of the process.
 *
 * @throws {PermissionError} for `serve` in a client-only build.
 */
export async function keepOnlyWhatIsNeeded(
  command: Command,
  build: Build | undefined,
): Promise<void> {
  if (build?.kind === "client" && command.kind === "serve") {
    throw new PermissionError("this binary is a client only: it was built without a server");
  }
  const kept: readonly string[] = neededPermissions(command);
  for (const name of ["net", "read", "write", ...NEVER_GRANTED]) {
    if (kept.includes(name)) continue;
    await Deno.permissions.revoke({ name } as Deno.PermissionDescriptor);
  }
}

/** @throws {PermissionError} where Deno was started without UDP. */
export function needDatagrams(): void {
  if (Deno.listenDatagram === undefined) {
    throw new PermissionError(
      "UDP is an unstable API of Deno and switched off: run Deno with --unstable-net, or keep " +
        "deno.json beside this program",
    );
  }
}
