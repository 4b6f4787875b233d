/** The system calls for files, with JavaScript's types. */

import type { FoundFile } from "../opener.ts";
import * as layout from "./file_layout.ts";

/** The part of the C library that is needed here. */
export interface FileSystem {
  readonly libc: {
    openat2(
      number: bigint,
      folder: number,
      path: Uint8Array<ArrayBuffer>,
      how: DataView<ArrayBuffer>,
      size: bigint,
    ): number;
    statx(
      number: bigint,
      folder: number,
      path: Uint8Array<ArrayBuffer>,
      flags: number,
      mask: number,
      into: DataView<ArrayBuffer>,
    ): number;
    pread(fd: number, into: Uint8Array<ArrayBuffer>, length: bigint, at: bigint): number;
    close(fd: number): number;
  };
  /** The error number of the call that failed just before. */
  errno(): number;
}

/** How a path is opened. */
export interface How {
  readonly flags: number;
  readonly resolve: number;
}

/** The empty path, as a C string. */
const EMPTY = new Uint8Array(1);
const WORD = 2 ** 32;

export class FileCalls {
  readonly #system: FileSystem;
  readonly #how = new DataView(new ArrayBuffer(layout.SIZEOF_OPEN_HOW));
  readonly #stat = new DataView(new ArrayBuffer(layout.SIZEOF_STATX));
  readonly #encoder = new TextEncoder();

  constructor(system: FileSystem) {
    this.#system = system;
  }

  /** A descriptor, or the negative error number. `folder` is one, or `AT_FDCWD`. */
  open(folder: number, path: string, { flags, resolve }: How): number {
    this.#how.setBigUint64(layout.AT_HOW_FLAGS, BigInt(flags), true);
    this.#how.setBigUint64(layout.AT_HOW_RESOLVE, BigInt(resolve), true);
    const name = this.#encoder.encode(`${path}\0`);
    const { libc } = this.#system;
    const size = BigInt(layout.SIZEOF_OPEN_HOW);
    const fd = libc.openat2(BigInt(layout.SYS_OPENAT2), folder, name, this.#how, size);
    return fd < 0 ? -this.#system.errno() : fd;
  }

  /** The properties of an open file, or the negative error number. */
  stat(fd: number): FoundFile | number {
    const { libc } = this.#system;
    const [flags, mask] = [layout.AT_EMPTY_PATH, layout.STATX_BASIC_STATS];
    if (libc.statx(BigInt(layout.SYS_STATX), fd, EMPTY, flags, mask, this.#stat) < 0) {
      return -this.#system.errno();
    }
    const kind = this.#stat.getUint16(layout.AT_STX_MODE, true) & layout.S_IFMT;
    return {
      isFile: kind === layout.S_IFREG,
      isDirectory: kind === layout.S_IFDIR,
      dev: this.#device(),
      ino: Number(this.#stat.getBigUint64(layout.AT_STX_INO, true)),
      size: Number(this.#stat.getBigUint64(layout.AT_STX_SIZE, true)),
      mtime: this.#time(layout.AT_STX_MTIME),
      // Deno gives whole seconds for this one, and both must give the same value.
      ctime: new Date(this.#seconds(layout.AT_STX_CTIME) * 1000),
    };
  }

  /** How many bytes were read from a place of the file, or the negative error number. */
  read(fd: number, into: Uint8Array, at: number): number {
    const { libc } = this.#system;
    const bytes = into as Uint8Array<ArrayBuffer>;
    const length = BigInt(into.length);
    let count = libc.pread(fd, bytes, length, BigInt(at));
    // A signal may come before the first byte; Deno's own calls are repeated, too.
    while (count < 0 && this.#system.errno() === layout.EINTR) {
      count = libc.pread(fd, bytes, length, BigInt(at));
    }
    return count < 0 ? -this.#system.errno() : count;
  }

  close(fd: number): void {
    this.#system.libc.close(fd);
  }

  /** A device number from its two halves, as the C library's `makedev` makes it. */
  #device(): number {
    const major = this.#stat.getUint32(layout.AT_STX_DEV_MAJOR, true);
    const minor = this.#stat.getUint32(layout.AT_STX_DEV_MINOR, true);
    const low = ((minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xff) << 12) >>> 0;
    const high = (major & ~0xfff | minor >>> 20) >>> 0;
    return high * WORD + low;
  }

  /** In milliseconds, with the fraction cut off. */
  #time(at: number): Date {
    const nanoseconds = this.#stat.getUint32(at + layout.AT_TV_NSEC, true);
    return new Date(this.#seconds(at) * 1000 + Math.floor(nanoseconds / 1e6));
  }

  #seconds(at: number): number {
    return Number(this.#stat.getBigInt64(at, true));
  }
}
