/** The system calls for files, with JavaScript's types. */

import type { FileTrace, FoundFile } from "../opener.ts";
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
      into: Uint8Array<ArrayBuffer>,
    ): number;
    pread(fd: number, into: Uint8Array<ArrayBuffer>, length: bigint, at: bigint): number;
    mmap(
      address: bigint,
      length: bigint,
      protection: number,
      flags: number,
      fd: number,
      offset: bigint,
    ): number;
    munmap(address: bigint, length: bigint): number;
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
/** The longest path that Linux takes, its end included. */
const PATH_MAX = 4096;
const STATX = BigInt(layout.SYS_STATX);
const WORD = 2 ** 32;

export class FileCalls {
  readonly #system: FileSystem;
  readonly #how = new DataView(new ArrayBuffer(layout.SIZEOF_OPEN_HOW));
  readonly #statBytes = new Uint8Array(layout.SIZEOF_STATX);
  /** The same bytes, to be read. */
  readonly #stat = new DataView(this.#statBytes.buffer);
  readonly #encoder = new TextEncoder();
  readonly #path = new Uint8Array(PATH_MAX);

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
    if (libc.statx(STATX, fd, EMPTY, flags, mask, this.#statBytes) < 0) {
      return -this.#system.errno();
    }
    const kind = this.#stat.getUint16(layout.AT_STX_MODE, true) & layout.S_IFMT;
    return {
      isFile: kind === layout.S_IFREG,
      isDirectory: kind === layout.S_IFDIR,
      dev: this.#device(),
      ino: this.#unsigned64(layout.AT_STX_INO),
      size: this.#unsigned64(layout.AT_STX_SIZE),
      mtime: new Date(this.#millis(layout.AT_STX_MTIME)),
      // Deno gives whole seconds for this one, and both must give the same value.
      ctime: new Date(this.#seconds(layout.AT_STX_CTIME) * 1000),
    };
  }

  /** Whether a path, links followed, leads to this very file, with the same size and times. */
  leadsTo(path: string, { dev, ino, size, mtime, ctime }: FileTrace): boolean {
    const { read, written } = this.#encoder.encodeInto(path, this.#path);
    if (read < path.length || written === PATH_MAX) return false;
    this.#path[written] = 0;
    const { libc } = this.#system;
    const mask = layout.STATX_BASIC_STATS;
    if (libc.statx(STATX, layout.AT_FDCWD, this.#path, 0, mask, this.#statBytes) < 0) return false;
    return this.#unsigned64(layout.AT_STX_INO) === ino &&
      this.#unsigned64(layout.AT_STX_SIZE) === size && this.#device() === dev &&
      this.#millis(layout.AT_STX_MTIME) === mtime?.getTime() &&
      this.#seconds(layout.AT_STX_CTIME) * 1000 === ctime?.getTime();
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

  /** The address of the first bytes of a file, mapped to be read; undefined where that fails. */
  map(fd: number, length: number): number | undefined {
    const { PROT_READ, MAP_SHARED } = layout;
    const address = this.#system.libc.mmap(0n, BigInt(length), PROT_READ, MAP_SHARED, fd, 0n);
    return address === -1 ? undefined : address;
  }

  unmap(address: number, length: number): void {
    this.#system.libc.munmap(BigInt(address), BigInt(length));
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

  /** A time in milliseconds, truncated. */
  #millis(at: number): number {
    const nanoseconds = this.#stat.getUint32(at + layout.AT_TV_NSEC, true);
    return this.#seconds(at) * 1000 + Math.floor(nanoseconds / 1e6);
  }

  /** The upper half of the seconds is signed. */
  #seconds(at: number): number {
    return this.#stat.getInt32(at + 4, true) * WORD + this.#stat.getUint32(at, true);
  }

  /** Exact up to 2 to the power of 53. */
  #unsigned64(at: number): number {
    return this.#stat.getUint32(at + 4, true) * WORD + this.#stat.getUint32(at, true);
  }
}
