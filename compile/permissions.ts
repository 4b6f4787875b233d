/**
 * From what a build is for to what it may do: Deno's permission flags, and what the program has to
 * know of them. Pure.
 *
 * | build   | net                                             | read     | write            |
 * | ------- | ----------------------------------------------- | -------- | ---------------- |
 * | general | everything                                      | all      | all              |
 * | server  | its sockets, any free port beside, its clients  | its root | root, or nothing |
 * | client  | any free port, its servers                      | its own  | its own folders  |
 *
 * `--allow-net` knows no port ranges, and a peer answers from a port of its choice: so a peer is an
 * address or an IPv4 network with all of its ports. Receiving is never checked; what is checked is
 * where a program listens and each address it sends to.
 *
 * With `--native` comes the C library of the target, and for what may serve the few variables by
 * which a service manager speaks.
 */

import type { Build, Grant, Grants, Presets } from "../src/cli/args/build.ts";
import { JOURNAL_VARIABLE } from "../src/files/journal.ts";
import { libcPaths } from "../src/net/native/libc_paths.ts";
import { MANAGER_VARIABLES } from "../src/net/native/service_manager.ts";
import { CompileError } from "./compile_error.ts";
import {
  ANY_IPV4_PEER,
  isIpv4,
  netEntry,
  parsePeers,
  parseSocket,
  type Socket,
} from "./network.ts";
import type { Target } from "./targets.ts";

/** The flags of a build, as text. */
export interface Wanted {
  /** The folder of a server build. */
  readonly serveRoot?: string | undefined;
  readonly uploads?: string | undefined;
  readonly clients?: string | undefined;
  readonly listen?: readonly string[] | undefined;
  readonly singlePort?: boolean | undefined;
  /** Where a server build shows its status. */
  readonly http?: string | undefined;
  /** A build that is only a client. */
  readonly client?: boolean | undefined;
  readonly servers?: string | undefined;
  /** The folders and files of a client build. */
  readonly files?: readonly string[] | undefined;
  /** Native sockets. */
  readonly native?: boolean | undefined;
  /** Alpine's C library (musl) instead of glibc. */
  readonly musl?: boolean | undefined;
}

/** What matters of the machine that the build is for. */
type Machine = Pick<Target, "format" | "arch">;

const USUAL: Machine = { format: "elf", arch: "x86_64" };

const UPLOADS = ["off", "new", "overwrite", "version"];
/** IPv4, since Deno can name IPv4 networks and no others. */
const DEFAULT_LISTEN = "0.0.0.0:69";

/** @throws {CompileError} for flags that contradict each other or that Deno has no word for. */
export function planBuild(wanted: Wanted, machine: Machine = USUAL): Build {
  const build = plainBuild(wanted);
  if (wanted.native !== true) return build;
  if (machine.format !== "elf") {
    throw new CompileError("--native is for Linux: name its targets, as --target linux-x86_64");
  }
  const ffi = libcPaths(machine.arch, wanted.musl === true ? "musl" : "glibc");
  const env = build.kind === "client" ? [] : [JOURNAL_VARIABLE, ...MANAGER_VARIABLES];
  return { ...build, grants: { ...build.grants, ffi, env } };
}

function plainBuild(wanted: Wanted): Build {
  refuseStrays(wanted);
  if (wanted.serveRoot !== undefined) return serverBuild(wanted.serveRoot, wanted);
  if (wanted.client === true) return clientBuild(wanted);
  return { kind: "general", grants: { net: true, read: true, write: true }, serve: {} };
}

/** The flags of `deno compile` for exactly these permissions. */
export function permissionFlags({ net, read, write, ffi = [], env = [] }: Grants): string[] {
  const granted = [...flag("ffi", ffi), ...flag("env", env)];
  const denied = ["env", "run", "sys", "ffi", "import"].filter((name) =>
    !granted.some((word) => word.startsWith(`--allow-${name}=`))
  );
  return [
    "--no-prompt",
    ...flag("net", net),
    ...flag("read", read),
    ...flag("write", write),
    ...granted,
    // They are denied explicitly, since Deno permits imports from some hosts by default.
    ...denied.map((name) => `--deny-${name}`),
  ];
}

function flag(name: string, grant: Grant): string[] {
  if (grant === true) return [`--allow-${name}`];
  return grant.length === 0 ? [] : [`--allow-${name}=${grant.join(",")}`];
}

function serverBuild(root: string, wanted: Wanted): Build {
  const { uploads = "off", singlePort = false } = wanted;
  if (!UPLOADS.includes(uploads)) {
    throw new CompileError(`--uploads needs one of ${UPLOADS.join(", ")}, not "${uploads}"`);
  }
  const sockets = (wanted.listen ?? [DEFAULT_LISTEN]).map((text) => parseSocket(text));
  const port = sockets[0]!.port;
  if (sockets.some((socket) => socket.port !== port)) {
    throw new CompileError("--listen: one server has one port; it can have several addresses");
  }
  const http = wanted.http === undefined ? [] : [netEntry(parseSocket(wanted.http, "--http"))];
  const folder = [absolute(root)];
  const serve: Presets = {
    dir: folder,
    address: sockets.map(({ host }) => host),
    port: [`${port}`],
    uploads: [uploads],
    ...(singlePort ? { "single-port": ["true"] } : {}),
    ...(wanted.http === undefined ? {} : { http: [wanted.http] }),
    ...admission(wanted.clients),
  };
  const net = serverNet(sockets, { clients: wanted.clients, singlePort });
  return {
    kind: "server",
    grants: {
      net: net === true ? net : [...net, ...http],
      read: folder,
      write: uploads === "off" ? [] : folder,
    },
    serve,
  };
}

/** The server need not listen to clients that Deno would not let it answer. */
function admission(clients: string | undefined): Presets {
  if (clients === undefined) return {};
  const allow = parsePeers("--clients", clients).map((peer) => peer.replace(/^\[(.*)\]$/, "$1"));
  return { allow, "deny-silently": ["true"] };
}

function serverNet(
  sockets: readonly Socket[],
  { clients, singlePort }: { clients: string | undefined; singlePort: boolean },
): Grant {
  const isPlain = sockets.every(({ host }) => isIpv4(host));
  if (clients === undefined && !isPlain) return true;
  const peers = clients === undefined ? [...ANY_IPV4_PEER] : parsePeers("--clients", clients);
  const hasDual = sockets.some(({ host }) => host === "::");
  if (hasDual && peers.some((peer) => !peer.startsWith("["))) {
    throw new CompileError(
      "--clients: a server on [::] sees IPv4 clients under IPv6 addresses, of which Deno's " +
        "permissions know no networks; use --listen 0.0.0.0:PORT",
    );
  }
  const own = sockets.flatMap((socket) => [
    netEntry(socket),
    ...(singlePort ? [] : [netEntry({ ...socket, port: 0 })]),
  ]);
  return [...own, ...peers];
}

function clientBuild({ servers, files = ["."] }: Wanted): Build {
  for (const file of files) withoutComma(file);
  if (servers === "any") {
    return { kind: "client", grants: { net: true, read: files, write: files }, serve: {} };
  }
  const peers = servers === undefined ? [...ANY_IPV4_PEER] : parsePeers("--servers", servers);
  const families = [
    ...(peers.some((peer) => !peer.startsWith("[")) ? ["0.0.0.0:0"] : []),
    ...(peers.some((peer) => peer.startsWith("[")) ? ["[::]:0"] : []),
  ];
  const net = [...families, ...peers];
  return { kind: "client", grants: { net, read: files, write: files }, serve: {} };
}

/** Flags that have no effect without another one are mistakes that a build would hide. */
function refuseStrays(wanted: Wanted): void {
  const { serveRoot, uploads, clients, listen, singlePort, http, client, servers, files } = wanted;
  if (wanted.musl === true && wanted.native !== true) {
    throw new CompileError("--musl works only with --native");
  }
  if (serveRoot !== undefined && client === true) {
    throw new CompileError("--serve-root and --client cannot be combined");
  }
  const ofServers = { uploads, clients, listen, "single-port": singlePort, http };
  const ofClients = { servers, files };
  for (const [owner, flags] of [["serve-root", ofServers], ["client", ofClients]] as const) {
    if (owner === "client" ? client === true : serveRoot !== undefined) continue;
    for (const [name, value] of Object.entries(flags)) {
      if (value !== undefined) throw new CompileError(`--${name} works only with --${owner}`);
    }
  }
}

/**
 * A folder of the machine that will serve; it is absolute, since the working directory there is not
 * known.
 */
function absolute(path: string): string {
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)) {
    throw new CompileError(`--serve-root needs an absolute path such as /srv/tftp, not "${path}"`);
  }
  return withoutComma(path);
}

function withoutComma(path: string): string {
  if (path.includes(",")) {
    throw new CompileError(`"${path}": Deno's list of paths can't contain a comma`);
  }
  return path;
}
