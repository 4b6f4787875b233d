/**
 * Deno's permissions, asked for before anything is sent. On a terminal Deno asks the user; anywhere
 * else all that are missing are told in one sentence, with the flags that give them.
 */

/** Deno was started without something the command needs. */
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

/**
 * What any transfer with these hosts needs: them, a socket of our own, and a place for captures.
 */
export function networkNeeds(
  hosts: readonly string[],
  { from, pcap }: { readonly from: string | undefined; readonly pcap: string | undefined },
): Need[] {
  return [
    ...hosts.map(net),
    ...(from === undefined ? [] : [net(from)]),
    ...(pcap === undefined ? [] : [write(pcap)]),
  ];
}

export function read(path: string): Need {
  return { deed: `read "${path}"`, flag: "--allow-read", permission: { name: "read", path } };
}

export function write(path: string): Need {
  return { deed: `write "${path}"`, flag: "--allow-write", permission: { name: "write", path } };
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

/** @throws {PermissionError} that tells all of them, if there are any. */
export function refuseWithout(lacking: readonly Need[]): void {
  if (lacking.length === 0) return;
  const deeds = lacking.map((need) => need.deed).join(", ");
  const flags = [...new Set(lacking.map((need) => need.flag))].join(" ");
  throw new PermissionError(`missing permission to ${deeds}: run Deno with ${flags}`);
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
