/**
 * Where the C library is, and whether it may be called: the permission for that one file turns
 * native sockets on.
 */

/** Paths of C libraries, by machine: Debian's, Fedora's, Alpine's, and others. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  "x86_64": [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/libc.so.6",
    "/lib/ld-musl-x86_64.so.1",
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
  ],
  aarch64: [
    "/lib/aarch64-linux-gnu/libc.so.6",
    "/lib64/libc.so.6",
    "/lib/ld-musl-aarch64.so.1",
    "/usr/lib/aarch64-linux-gnu/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
  ],
};

/** Where one kind of C library may be on a machine: these paths have to be allowed. */
export function libcPaths(arch: "x86_64" | "aarch64", kind: "glibc" | "musl"): readonly string[] {
  return PLACES[arch]!.filter((path) => path.includes("musl") === (kind === "musl"));
}

/** Whether native sockets are available here. */
export function mayBeNative(): boolean {
  return missingForAny() === undefined && places().some(mayTake);
}

/** Why native sockets are not available here, in one sentence; undefined where they are. */
export function whyNotNative(): string | undefined {
  return mayBeNative() ? undefined : missingForAny() ?? notAllowed();
}

function missingForAny(): string | undefined {
  const { os, arch } = Deno.build;
  if (os !== "linux") return `Native sockets are for Linux, and this is ${os}`;
  if (PLACES[arch] === undefined) return `Native sockets are for x86_64 and aarch64, not ${arch}`;
  if (typeof Deno.dlopen !== "function") return "Native sockets need a Deno that has Deno.dlopen";
  return undefined;
}

/** The C libraries that may be called. */
export function allowedPlaces(): readonly string[] {
  return places().filter(mayTake);
}

function places(): readonly string[] {
  return PLACES[Deno.build.arch] ?? [];
}

function mayTake(path: string): boolean {
  return Deno.permissions.querySync({ name: "ffi", path }).state === "granted";
}

function notAllowed(): string {
  const known = places().filter(exists);
  const paths = known.length > 0 ? known.slice(0, 1) : places().slice(0, 3);
  return "Native sockets need the permission to call the C library: " +
    `add --allow-ffi=${paths.join(",")}`;
}

/** Whether a file exists, as far as this program may look. */
function exists(path: string): boolean {
  // On a terminal, Deno would prompt the user.
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Gives up the permission, for one file or for all of FFI, in every thread of this process. */
export function giveUpFfi(): void {
  for (const path of places()) Deno.permissions.revokeSync({ name: "ffi", path });
  Deno.permissions.revokeSync({ name: "ffi" });
}
