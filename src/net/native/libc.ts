/**
 * The C library's functions that are called directly. All are loaded at the start, while the
 * permission lasts; then the program gives it up (see {@linkcode LoadedLibc.seal}).
 *
 * `buffer` passes a typed array's address; an address that is kept as a number is a `usize`. No
 * function here takes or returns a pointer, because those need the permission for all of FFI.
 */

import { allowedPlaces, giveUpFfi, whyNotNative } from "./libc_paths.ts";

/**
 * Functions that are called for every packet. When Deno loads one, it compiles machine code for it,
 * which makes a call twenty times cheaper and takes 0.2 ms.
 */
const FAST = {
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "buffer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  // These two return a length, of which 32 bits are enough for any datagram.
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  sched_yield: { parameters: [], result: "i32" },
  // The same on another thread: it returns a promise.
  waitAside: {
    name: "epoll_wait",
    parameters: ["i32", "usize", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The same for what a server calls for every file; a client never does. */
const FILES = {
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  // Older C libraries lack this one; after its number: folder, path, flags, mask, where to
  statx: {
    name: "syscall",
    parameters: ["i64", "i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * A struct of one number is returned like the number itself, in the same register, and Deno
 * compiles nothing for a function with a struct. So all of these load in half a millisecond, and a
 * call takes about a microsecond more.
 */
const INT = { struct: ["i32"] } as const;
const LONG = { struct: ["i64"] } as const;

/** All other functions. Each part adds the rows that it needs. */
const OTHERS = {
  // Memory. memmove with length 0 returns the address of a buffer; copyOut copies from an address.
  memmove: { parameters: ["buffer", "buffer", "usize"], result: LONG },
  copyOut: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: LONG },
  calloc: { parameters: ["usize", "usize"], result: LONG },
  free: { parameters: ["usize"], result: INT },
  // after the address: length, protection, flags, descriptor, offset
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: LONG },
  munmap: { parameters: ["usize", "usize"], result: INT },
  __errno_location: { parameters: [], result: LONG },

  // Sockets
  socket: { parameters: ["i32", "i32", "i32"], result: INT },
  bind: { parameters: ["i32", "buffer", "u32"], result: INT },
  connect: { parameters: ["i32", "buffer", "u32"], result: INT },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: INT },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: INT },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: INT },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: LONG },
  if_nametoindex: { parameters: ["buffer"], result: INT },
  if_indextoname: { parameters: ["u32", "buffer"], result: LONG },

  // Waiting
  poll: { parameters: ["buffer", "usize", "i32"], result: INT },
  epoll_create1: { parameters: ["i32"], result: INT },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: INT },
  eventfd: { parameters: ["u32", "i32"], result: INT },

  // Files
  read: { parameters: ["i32", "buffer", "usize"], result: LONG },
  write: { parameters: ["i32", "buffer", "usize"], result: LONG },
  close: { parameters: ["i32"], result: INT },
  // openat2 has no function of its own: its number comes first (437), then folder, path, how, size
  openat2: {
    name: "syscall",
    parameters: ["i64", "i32", "buffer", "buffer", "usize"],
    result: LONG,
  },
  fcntl: { parameters: ["i32", "i32", "i32"], result: INT },

  // Time
  clock_gettime: { parameters: ["i32", "buffer"], result: INT },

  // The user and groups of the process
  getuid: { parameters: [], result: INT },
  setuid: { parameters: ["u32"], result: INT },
  setgid: { parameters: ["u32"], result: INT },
  setgroups: { parameters: ["usize", "buffer"], result: INT },
  getgroups: { parameters: ["i32", "buffer"], result: INT },
  getresuid: { parameters: ["buffer", "buffer", "buffer"], result: INT },
  getresgid: { parameters: ["buffer", "buffer", "buffer"], result: INT },
  // capget has no function in the C library: after its number come a header and where to
  capget: { name: "syscall", parameters: ["i64", "buffer", "buffer"], result: LONG },
} as const satisfies Deno.ForeignLibraryInterface;

type Symbols<Table extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<Table>["symbols"];
type Raw = Symbols<typeof OTHERS>;

/** The functions, ready to be called; tests pass their own. */
export type Libc =
  & Symbols<typeof FAST>
  & { readonly [Name in keyof Raw]: (...args: Parameters<Raw[Name]>) => number };

/** The functions for files, beside those that each socket needs. */
export type FileFunctions = Symbols<typeof FILES>;

/** The C library's functions, and the file they come from. */
export interface LoadedLibc {
  readonly libc: Libc;
  readonly path: string;
  /** Loads those for files too. Throws `Deno.errors.NotCapable` after {@linkcode seal}. */
  fileFunctions(): FileFunctions;
  /**
   * Gives up the permission, for the one file or for all of FFI. Loaded functions keep working;
   * this process can load nothing more.
   */
  seal(): void;
}

/** The functions, or one sentence that says what is missing. */
export function loadLibc(): LoadedLibc | string {
  const missing = whyNotNative();
  if (missing !== undefined) return missing;
  const reasons: string[] = [];
  for (const path of allowedPlaces()) {
    try {
      const fileFunctions = () => Deno.dlopen(path, FILES).symbols;
      return { libc: take(path), path, fileFunctions, seal: giveUpFfi };
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return `Native sockets need the C library, and it can't be loaded: ${reasons.join("; ")}`;
}

function take(path: string): Libc {
  const others = Object.entries(Deno.dlopen(path, OTHERS).symbols)
    .map(([name, call]) => [name, asNumber(call as AnyCall)]);
  return { ...Deno.dlopen(path, FAST).symbols, ...Object.fromEntries(others) };
}

type AnyCall = (...args: unknown[]) => Uint8Array<ArrayBuffer>;

/** A function whose result is the one number of a struct. */
function asNumber(call: AnyCall): (...args: unknown[]) => number {
  return (...args) => {
    const { buffer, byteLength } = call(...args);
    const view = new DataView(buffer);
    return byteLength === 4 ? view.getInt32(0, true) : Number(view.getBigInt64(0, true));
  };
}
