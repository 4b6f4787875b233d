/**
 * Deno's permissions, asked for before anything is sent. On a terminal Deno asks the user; anywhere
 * else a missing permission is one sentence that names the flag which gives it.
 */

/** Deno was started without something the command needs. */
export class PermissionError extends Error {
  override name = "PermissionError";
}

/** @throws {PermissionError} where Deno was started without UDP. */
export function needDatagrams(): void {
  if (Deno.listenDatagram === undefined) {
    throw new PermissionError(
      "UDP is an unstable part of Deno, and switched off: run with --unstable-net, or from the " +
        "folder of this program's deno.json",
    );
  }
}

/** @throws {PermissionError} when this program may not talk to the host; without one, to anybody. */
export async function needNet(host?: string): Promise<void> {
  const target = host?.includes(":") ? `[${host}]` : host;
  const flag = target === undefined
    ? "--allow-net"
    : `--allow-net (or --allow-net=0.0.0.0:0,${target})`;
  const descriptor = { name: "net", ...(target === undefined ? {} : { host: target }) } as const;
  await need(descriptor, `reach ${target ?? "the network"}`, flag);
}

/** @throws {PermissionError} when this program may not read there. */
export async function needRead(path: string): Promise<void> {
  await need({ name: "read", path }, `read "${path}"`, "--allow-read");
}

/** @throws {PermissionError} when this program may not write there. */
export async function needWrite(path: string): Promise<void> {
  await need({ name: "write", path }, `write "${path}"`, "--allow-write");
}

async function need(what: Deno.PermissionDescriptor, deed: string, flag: string): Promise<void> {
  const { state } = await Deno.permissions.request(what);
  if (state !== "granted") {
    throw new PermissionError(`missing permission to ${deed}: run Deno with ${flag}`);
  }
}
