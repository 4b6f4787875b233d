/**
 * Opens files below a folder by `openat2` with `RESOLVE_BENEATH` (since Linux 5.6). The kernel
 * walks the path itself and refuses to leave the folder, so no link can be swapped between a check
 * and the opening.
 *
 * What was found is first held without being opened (`O_PATH`), and checked. Then that very file is
 * opened, through /proc/self/fd, even if its name belongs to another file by then.
 */

import { join } from "@std/path";
import { ErrorCode, TftpError } from "../../protocol/mod.ts";
import type { FileTrace, FoundFile, Mapping, Opener, OpenFile } from "../opener.ts";
import type { Clock } from "../../engine/clock.ts";
import { FileCalls, type FileSystem, type How } from "./file_calls.ts";
import * as layout from "./file_layout.ts";
import { type MappedFile, MappedFiles } from "./mapped_files.ts";
import { openError } from "./open_error.ts";

/** The operator names the folder itself, which may be anywhere. */
const FOLDER: How = {
  flags: layout.O_PATH | layout.O_DIRECTORY | layout.O_CLOEXEC,
  resolve: 0,
};
const BENEATH: How = {
  flags: layout.O_PATH | layout.O_CLOEXEC,
  resolve: layout.RESOLVE_BENEATH | layout.RESOLVE_NO_MAGICLINKS,
};
/** Never waits: a file that another program has leased is refused until the lease ends. */
const READ: How = {
  flags: layout.O_RDONLY | layout.O_NONBLOCK | layout.O_NOCTTY | layout.O_CLOEXEC,
  resolve: 0,
};

/** The most that is read of a file of the system, in bytes. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Bytes that are read at once to see whether they are there. */
const PROBE_BYTES = 64 * 1024;

/** How often the walk is repeated when something is renamed during it. */
const MAX_ATTEMPTS = 16;

/** Errors of a kernel without the call, or of a seccomp filter that does not know it. */
const UNSUPPORTED: ReadonlySet<number> = new Set([layout.ENOSYS, layout.EPERM, layout.EINVAL]);

export class NativeOpener implements Opener {
  readonly #calls: FileCalls;
  readonly #mapped: MappedFiles | undefined;
  /** Whether this system has the call, once that is known. */
  #works: boolean | undefined;
  /** Folders, and whether Deno lets this program read all of each. */
  readonly #readable = new Map<string, boolean>();

  /** `system` is the C library, with its error number. Without a clock, no file is mapped. */
  constructor(system: FileSystem, clock?: Clock) {
    this.#calls = new FileCalls(system);
    this.#mapped = clock && new MappedFiles(this.#calls, clock);
  }

  open(root: string, path: string, check: (found: FoundFile) => void): OpenFile | "unsupported" {
    if (!this.#mayRead(root) || !this.#isSupported()) return "unsupported";
    // C ends a name here, and the part before it could be another file's name.
    if (path.includes("\0")) throw openError(layout.ENOENT, `open ${JSON.stringify(path)}`);
    const held = this.#hold(root, path === "" ? "." : path);
    if (held === "unsupported") return held;
    try {
      const found = this.#stat(held, path);
      check(found);
      const fd = this.#calls.open(layout.AT_FDCWD, `/proc/self/fd/${held}`, READ);
      // Without /proc, a file that is held can't be opened.
      if (fd === -layout.ENOENT) return "unsupported";
      if (fd < 0) throw openError(-fd, `open '${path}'`);
      return new NativeFile({ calls: this.#calls, mapped: this.#mapped, fd, path, found });
    } finally {
      this.#calls.close(held);
    }
  }

  leadsTo(root: string, path: string, trace: FileTrace): boolean | undefined {
    return this.#mayRead(root) ? this.#calls.leadsTo(path, trace) : undefined;
  }

  textOf(path: string): string | undefined {
    const fd = this.#calls.open(layout.AT_FDCWD, path, READ);
    if (fd < 0) return undefined;
    try {
      const bytes = new Uint8Array(new ArrayBuffer(MAX_TEXT_BYTES));
      let length = 0;
      for (let count = 1; count > 0 && length < bytes.length; length += count) {
        count = this.#calls.read(fd, bytes.subarray(length), length);
        if (count < 0) return undefined;
      }
      return new TextDecoder().decode(bytes.subarray(0, length));
    } finally {
      this.#calls.close(fd);
    }
  }

  close(): void {
    this.#mapped?.close();
  }

  /** A descriptor of what the path names below the folder. */
  #hold(root: string, path: string): number | "unsupported" {
    const fd = this.#walk(root, path);
    if (fd === -layout.EAGAIN) return "unsupported";
    if (fd !== -layout.EXDEV) {
      if (fd < 0) throw openError(-fd, `open '${path}' below '${root}'`);
      return fd;
    }
    // The path leaves the folder, or returns to it by an absolute link or from above: that is
    // served.
    const again = this.#walk(root, realPathBelow(root, path));
    if (again === -layout.EXDEV) throw leadsOut();
    if (again < 0) throw openError(-again, `open '${path}' below '${root}'`);
    return again;
  }

  /** Walks the path, and again from the beginning where something is renamed on the way. */
  #walk(root: string, path: string): number {
    // Opened each time: the first folder may have been replaced.
    const folder = this.#calls.open(layout.AT_FDCWD, root, FOLDER);
    if (folder < 0) return folder;
    try {
      let fd = -layout.EAGAIN;
      for (let attempt = 0; attempt < MAX_ATTEMPTS && fd === -layout.EAGAIN; attempt++) {
        fd = this.#calls.open(folder, path, BENEATH);
      }
      return fd;
    } finally {
      this.#calls.close(folder);
    }
  }

  #stat(fd: number, path: string): FoundFile {
    const found = this.#calls.stat(fd);
    if (typeof found === "number") throw openError(-found, `stat '${path}'`);
    return found;
  }

  #isSupported(): boolean {
    if (this.#works === undefined) {
      const fd = this.#calls.open(layout.AT_FDCWD, ".", BENEATH);
      this.#works = fd >= 0 || !UNSUPPORTED.has(-fd);
      if (fd >= 0) this.#calls.close(fd);
    }
    return this.#works;
  }

  /**
   * Deno does not check these calls. Where it lets this program read only a part of the folder, its
   * own functions are used, which check each file.
   */
  #mayRead(root: string): boolean {
    let may = this.#readable.get(root);
    if (may === undefined) {
      const { state, partial } = Deno.permissions.querySync({ name: "read", path: root });
      may = state === "granted" && partial !== true;
      this.#readable.set(root, may);
    }
    return may;
  }
}

/** Where the path leads, relative to the folder; throws for what is outside. */
function realPathBelow(root: string, path: string): string {
  const real = Deno.realPathSync(join(root, path));
  if (real === root) return ".";
  const prefix = root.endsWith("/") ? root : `${root}/`;
  if (!real.startsWith(prefix)) throw leadsOut();
  return real.slice(prefix.length);
}

function leadsOut(): TftpError {
  const refusal = new TftpError("local", ErrorCode.AccessViolation);
  refusal.cause = new Error("it is outside of the folder");
  return refusal;
}

interface NativeFileSettings {
  readonly calls: FileCalls;
  readonly mapped: MappedFiles | undefined;
  readonly fd: number;
  readonly path: string;
  readonly found: FoundFile;
}

class NativeFile implements OpenFile {
  readonly #settings: NativeFileSettings;
  #at = 0;
  #open = true;
  #mapping: MappedFile | undefined;

  constructor(settings: NativeFileSettings) {
    this.#settings = settings;
  }

  statSync(): FoundFile {
    return this.#settings.found;
  }

  readSync(into: Uint8Array): number | null {
    const count = this.#read(into, this.#at);
    this.#at += count;
    return count === 0 ? null : count;
  }

  map(length: number): Mapping | undefined {
    const { mapped, fd, path, found } = this.#settings;
    if (!this.#open) return undefined;
    // The path too: not every file system has a number of its own for each file.
    const key = `${found.dev} ${found.ino} ${length} ${path}`;
    const file = this.#mapping ??= mapped?.take(fd, key, length);
    if (file === undefined) return undefined;
    return { address: file.address, length, has: (from, to) => this.#has(from, to) };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { calls, mapped, fd } = this.#settings;
    calls.close(fd);
    if (this.#mapping !== undefined) mapped!.release(this.#mapping);
  }

  #has(from: number, to: number): boolean {
    const probe = new Uint8Array(new ArrayBuffer(Math.min(to - from, PROBE_BYTES)));
    for (let at = from; at < to;) {
      const count = this.#read(probe.subarray(0, to - at), at);
      if (count === 0) return false;
      at += count;
    }
    return true;
  }

  #read(into: Uint8Array, at: number): number {
    const { calls, fd, path } = this.#settings;
    // The descriptor may belong to another file by now.
    if (!this.#open) throw new Deno.errors.BadResource(`'${path}' is closed`);
    const count = calls.read(fd, into, at);
    if (count < 0) throw openError(-count, `read '${path}'`);
    return count;
  }
}
