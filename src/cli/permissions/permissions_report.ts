/**
 * `tftp --permissions`: what this program may do. A build names single paths and addresses, which
 * Deno does not list; so each one is queried, and shown as not granted if Deno says so.
 */

import type { Build, Grant, Grants } from "../args/build.ts";
import { NEVER_GRANTED } from "./needed_permissions.ts";

type Descriptor = { name: string; host?: string; path?: string; variable?: string };
/** Whether Deno grants something. */
export type Ask = (permission: Descriptor) => boolean;

/** The lines of the report. */
export function permissionsReport(build: Build | undefined, ask: Ask = asksDeno): string[] {
  const { net, read, write, ffi, env }: Partial<Grants> = build?.grants ?? {};
  const lists: Partial<Record<string, readonly string[]>> = { ffi, env };
  const rows: [string, string][] = [
    ["net", words(net, "net", ask)],
    ["read", words(read, "read", ask)],
    ["write", words(write, "write", ask)],
    ...NEVER_GRANTED.map((name): [string, string] => [
      name,
      build && !lists[name] ? whole(name, ask) : words(lists[name], name, ask),
    ]),
  ];
  return [headline(build), ...rows.map(([name, what]) => `  ${name.padEnd(8)}${what}`)];
}

function headline(build: Build | undefined): string {
  if (build === undefined) return "tftp, run by Deno with its flags:";
  if (build.kind === "general") return "tftp, client and server, with these permissions built in:";
  if (build.kind === "client") return "tftp, a client only, with these permissions built in:";
  const { address = [], port = [], dir = [], uploads = [] } = build.serve;
  const where = address.map((host) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `tftp, built to serve ${dir} on ${where.join(" and ")} (uploads: ${uploads}):`;
}

function whole(name: string, ask: Ask): string {
  return ask({ name }) ? "everything" : "nothing";
}

function words(grant: Grant | undefined, name: string, ask: Ask): string {
  if (ask({ name })) return "everything";
  if (grant === undefined) return "not everything (Deno does not tell what)";
  if (grant === true) return "nothing (built in, but not granted)";
  if (grant.length === 0) return "nothing";
  return grant.map((one) => ask(descriptor(name, one)) ? one : `${one} (not granted)`).join(", ");
}

/** Deno answers for addresses, not for networks: the first address is queried. */
function descriptor(name: string, one: string): Descriptor {
  if (name === "env") return { name, variable: one };
  return name === "net" ? { name, host: one.replace(/\/\d+$/, "") } : { name, path: one };
}

function asksDeno(permission: Descriptor): boolean {
  return Deno.permissions.querySync(permission as Deno.PermissionDescriptor).state === "granted";
}
