/**
 * File operations that `Deno` itself does not have: to open a file without ever waiting, and to
 * change mode and owner of an open file, even if its name now leads elsewhere.
 */

/** The part of `node:fs` that is needed; its types would have to be fetched. */
interface NodeFs {
  readonly constants: Readonly<Record<"O_RDONLY" | "O_WRONLY" | "O_NONBLOCK", number>>;
  openSync(path: string, flags: number): number;
  closeSync(fd: number): void;
  fstatSync(fd: number): { dev: number; ino: number; isFile(): boolean };
  readSync(fd: number, into: Uint8Array, offset: undefined, length: number, at: null): number;
  fchmodSync?(fd: number, mode: number): void;
  fchownSync?(fd: number, uid: number, gid: number): void;
}

interface Process {
  getBuiltinModule(name: "node:fs"): NodeFs;
}

/** O_NONBLOCK of the systems where it is known; Deno 2.4 takes no flag but its own. */
const NONBLOCK: Partial<Record<typeof Deno.build.os, number>> = { linux: 0o4000, darwin: 4 };

/** Means an owner or a group that stays as it is. */
const UNCHANGED = 0xffffffff;

let loaded: NodeFs | undefined;

/** Not imported: loading it takes longer than most transfers, and a client rarely needs it. */
function nodeFs(): NodeFs | undefined {
  const { process } = globalThis as unknown as { process: Process };
  loaded ??= process.getBuiltinModule("node:fs");
  return loaded.constants.O_NONBLOCK === NONBLOCK[Deno.build.os] ? loaded : undefined;
}

/** The owner of a file. */
export interface FileIdentity {
  readonly dev: number | null;
  readonly ino: number | null;
}

/** The part of an open file that is needed to send it. */
export interface OpenedFile {
  /** The file that was opened, even if its name now leads elsewhere. */
  statSync(): FileIdentity & { readonly isFile: boolean };
  /** The bytes that were read; null at the end. */
  readSync(into: Uint8Array): number | null;
  close(): void;
}

/**
 * Opens a file to read it. Never waits, not even for the writer of a FIFO that was put there since
 * the check. Throws the system's error.
 */
export function openWithoutWaiting(path: string): OpenedFile {
  const fs = nodeFs();
  if (!fs) return Deno.openSync(path, { read: true });
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  let open = true;
  return {
    statSync() {
      const { dev, ino, isFile } = statOf(fs, fd);
      return { dev, ino, isFile };
    },
    // Node's API checks an offset that is given: a sixth of the time of a call.
    readSync: (into) => fs.readSync(fd, into, undefined, into.length, null) || null,
    close() {
      if (!open) return;
      open = false;
      fs.closeSync(fd);
    },
  };
}

/** Throws the system's error when this user may not write the file. Changes nothing. */
export function mustBeWritable(path: string): void {
  const fs = nodeFs();
  if (!fs) return Deno.openSync(path, { write: true }).close();
  try {
    fs.closeSync(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
  } catch (error) {
    // A running program may not be changed, but another file may take its name.
    if ((error as { code?: unknown }).code !== "ETXTBSY") throw error;
  }
}

/** The properties that a new file takes over from an old one. */
export interface Attributes {
  /** Permission bits; others are dropped. */
  readonly mode: number;
  readonly uid: number | null;
  readonly gid: number | null;
}

/**
 * Gives the open `file`, which was made at `path`, these permissions and, as far as this user may,
 * the owner and the group. Throws the system's error for the permissions.
 */
export function setAttributes(file: Deno.FsFile, path: string, wanted: Attributes): void {
  const is = file.statSync();
  if (is.mode === null) return;
  const mode = wanted.mode & 0o777;
  const isOwners = (wanted.uid ?? is.uid) === is.uid && (wanted.gid ?? is.gid) === is.gid;
  if (isOwners && (is.mode & 0o777) === mode) return;
  const fs = nodeFs();
  // By name it could change a file that was put in its place.
  if (!fs?.fchmodSync || !fs.fchownSync) return Deno.chmodSync(path, mode);
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const opened = statOf(fs, fd);
    if (opened.ino !== is.ino || opened.dev !== is.dev) {
      throw new Error("another program has replaced the file");
    }
    if (!isOwners) keepOwner(fs, fd, wanted);
    fs.fchmodSync(fd, mode);
  } finally {
    fs.closeSync(fd);
  }
}

/** An ordinary user may give a file to one of its own groups, and to no other user. */
function keepOwner(fs: NodeFs, fd: number, { uid, gid }: Attributes): void {
  for (const owner of [uid ?? UNCHANGED, UNCHANGED]) {
    try {
      return fs.fchownSync!(fd, owner, gid ?? UNCHANGED);
    } catch {
      // The next attempt asks for less; in the end the file stays this user's.
    }
  }
}

function statOf(fs: NodeFs, fd: number): FileIdentity & { isFile: boolean } {
  const stats = fs.fstatSync(fd);
  return { dev: stats.dev, ino: stats.ino, isFile: stats.isFile() };
}
