/** This project's servers, as they are measured. */

import { dirname, join, resolve } from "@std/path";
import { v8Flags } from "../compile/v8_flags.ts";
import { loadLibc } from "../src/net/native/libc.ts";
import { NATIVE, OURS } from "./bars.ts";
import type { Contender } from "./contenders.ts";

/** The usual permissions. */
const WIDE = ["--allow-net", "--allow-read", "--allow-write"];

/** Native sockets are required, not optional: without them nothing runs. */
const NATIVELY = ["--io", "native"];

/**
 * V8 compiles the same code in another way in each process, and their speeds differ by up to 5
 * percent. Where there is one client, so many take turns.
 */
const PROCESSES = 5;

/** The command line of this project, or of another checkout of it. */
export function ourCommand(
  tree: string,
  args: readonly string[],
  { permissions = WIDE, native = false }: { permissions?: readonly string[]; native?: boolean } =
    {},
): string[] {
  const config = join(tree, "deno.json");
  const settings = ["--quiet", "--config", config, ...importMapArgs(tree)];
  const flags = v8Flags(JSON.parse(Deno.readTextFileSync(config)), { native });
  const program = [Deno.execPath(), "run", ...flags, ...settings, "--no-prompt", ...permissions];
  return [...program, join(tree, "main.ts"), ...args];
}

/** What stands in for the packages of registries: each checkout has its own. */
function importMapArgs(tree: string): string[] {
  const map = Deno.env.get("TFTP_IMPORT_MAP") ?? "";
  return map === "" ? [] : ["--import-map", resolve(tree, map)];
}

/** The same with native sockets, which may read and write in one folder, and call one library. */
export function nativeCommand(tree: string, folder: string, args: readonly string[]): string[] {
  const permissions = nativePermissions(tree, folder);
  return ourCommand(tree, [...args, ...NATIVELY], { permissions, native: true });
}

function nativePermissions(tree: string, folder: string): string[] {
  return [
    "--allow-net",
    // A thread loads its code as it starts.
    `--allow-read=${folder},${tree.replace(/\/$/, "")}`,
    `--allow-write=${folder}`,
    `--allow-ffi=${libcPath()}`,
  ];
}

/**
 * Native sockets for a client that moves one local file. It has the flags of the default backend,
 * as for anybody who has installed one `tftp`: V8 discards compiled code that other flags have left
 * in the cache, so two clients in turns would both start 15 ms later than either does alone.
 */
export function nativeClientCommand(tree: string, local: string, args: readonly string[]) {
  const permissions = nativePermissions(tree, dirname(local));
  return ourCommand(tree, [...args, ...NATIVELY], { permissions });
}

let libc: string | undefined;

/** Where the C library is; undefined where there are no native sockets. */
export function libcPath(): string | undefined {
  if (libc !== undefined) return libc;
  const taken = loadLibc();
  return libc = typeof taken === "string" ? undefined : taken.path;
}

/** This project's server on the sockets of Deno, from the checkout in `tree`. */
export function ours(tree: string, name: string = OURS): Contender {
  return {
    name,
    processes: PROCESSES,
    version: () => versionOf(tree),
    command: (root, at) => ourCommand(tree, serveArgs(root, at)),
  };
}

/** The same on native sockets. */
export function oursNative(tree: string): Contender {
  return {
    name: NATIVE,
    processes: PROCESSES,
    version: () => libcPath() && versionOf(tree),
    command: (root, at) => nativeCommand(tree, root, serveArgs(root, at)),
  };
}

/** One of ours with several threads: clients that come alone have one of them each time. */
export function byWorkers({ name, version, command }: Contender, workers: number): Contender {
  return {
    name: `${name}, ${workers} workers`,
    forCrowds: true,
    version,
    command: (root, at) => [...command(root, at), "--workers", `${workers}`],
  };
}

function serveArgs(
  root: string,
  { host, port, atOnce }: { host: string; port: number; atOnce?: number },
): string[] {
  const listen = ["serve", "--port", `${port}`, "--address", host, "--uploads", "overwrite"];
  const most = atOnce === undefined ? [] : ["--max-transfers", `${atOnce}`];
  return [...listen, ...most, root];
}

function versionOf(tree: string): string {
  return JSON.parse(Deno.readTextFileSync(join(tree, "deno.json"))).version;
}
