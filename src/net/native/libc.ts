/**
 * The C library's functions that are called directly. All are taken at the start, while the
 * permission for it lasts: afterwards the program gives it up (see {@linkcode Taken.seal}).
 *
 * `buffer` hands a typed array's address over; an address that is kept as a number is a `usize`.
 * No function here takes or returns a pointer, because those need the permission for all of FFI.
 */

/** Every function that is taken. What another part needs gets its row here. */
export const FUNCTIONS = {
  // Memory. memmove with length 0 tells where a buffer is; the two others copy to and from places
  // that are only known by their addresses.
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "usize" },
  copyOut: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: "void" },
  calloc: { parameters: ["usize", "usize"], result: "usize" },
  free: { parameters: ["usize"], result: "void" },
  __errno_location: { parameters: [], result: "usize" },

  // Sockets
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "buffer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
    result: "isize",
  },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "usize" },

  // Waiting. The second epoll_wait runs on another thread, and its answer is a promise.
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  waitAside: {
    name: "epoll_wait",
    parameters: ["i32", "usize", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },

  // Files
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  // openat2 has no function of its own: its number comes first (437), then folder, path, how, size
  openat2: {
    name: "syscall",
    parameters: ["i64", "i32", "buffer", "buffer", "usize"],
    result: "i64",
  },

  // The user whose rights the process has
  getuid: { parameters: [], result: "u32" },
  setuid: { parameters: ["u32"], result: "i32" },
  setgid: { parameters: ["u32"], result: "i32" },
  initgroups: { parameters: ["buffer", "u32"], result: "i32" },
  setgroups: { parameters: ["usize", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions, ready to be called; tests put some of their own in. */
export type Libc = Deno.DynamicLibrary<typeof FUNCTIONS>["symbols"];

/** Where C libraries are, by machine: Debian's place, Fedora's, Alpine's, and the rest. */
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

/** The C library's functions, and the file that they are from. */
export interface Taken {
  readonly libc: Libc;
  readonly path: string;
  /**
   * Gives the permission up, whether it was given for the one file or for all of FFI. What was
   * taken goes on working; nobody in this process takes anything more.
   */
  seal(): void;
}

/** The functions, or one sentence that says what is missing. */
export function takeLibc(): Taken | string {
  const missing = missingForAny();
  if (missing !== undefined) return missing;
  const allowed = places().filter(mayTake);
  if (allowed.length === 0) return notAllowed();
  const reasons: string[] = [];
  for (const path of allowed) {
    try {
      const libc = Deno.dlopen(path, FUNCTIONS).symbols;
      return { libc, path, seal: () => seal(path) };
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return `Native sockets need the C library, and it can't be loaded: ${reasons.join("; ")}`;
}

/** One sentence that says why there can't be native sockets here; undefined where there can. */
export function whyNotNative(): string | undefined {
  return missingForAny() ?? (places().some(mayTake) ? undefined : notAllowed());
}

function missingForAny(): string | undefined {
  const { os, arch } = Deno.build;
  if (os !== "linux") return `Native sockets are for Linux, and this is ${os}`;
  if (PLACES[arch] === undefined) return `Native sockets are for x86_64 and aarch64, not ${arch}`;
  if (typeof Deno.dlopen !== "function") return "Native sockets need a Deno that has Deno.dlopen";
  return undefined;
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

/** Whether a file is there, as far as this program may look. */
function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function seal(path: string): void {
  Deno.permissions.revokeSync({ name: "ffi", path });
  Deno.permissions.revokeSync({ name: "ffi" });
}
