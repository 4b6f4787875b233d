/**
 * What `Deno` itself can't do with files: open one without ever waiting, and change the mode and
 * owner of one that is open, whatever becomes of its name meanwhile.
 */

/** What is needed of `node:fs`, whose types would have to be fetched. */
interface NodeFs {
  readonly constants: Readonly<Record<"O_RDONLY" | "O_WRONLY" | "O_NONBLOCK", number>>;
  openSync(path: string, flags: number): number;
  closeSync(fd: number): void;
  fstatSync(fd: number): { dev: number; ino: number; isFile(): boolean };
  readSync(fd: number, into: Uint8Array, offset: number, length: number, at: null): number;
  fchmodSync?(fd: number, mode: number): void;
  fchownSync?(fd: number, uid: number, gid: number): void;
}

interface Process {
  getBuiltinModule(name: "node:fs"): NodeFs;
}

/** O_NONBLOCK of the systems where it is known; Deno 2.4 takes no flag but its own. */
const NONBLOCK: Partial<Record<typeof Deno.build.os, number>> = { linux: 0o4000, darwin: 4 };

/** Stands for an owner or a group that stays what it is. */
const UNCHANGED = 0xffffffff;

let loaded: NodeFs | undefined;

/** Not imported: loading it takes longer than most transfers, and a client needs it rarely. */
function nodeFs(): NodeFs | undefined {
  const { process } = globalThis as unknown as { process: Process };
  loaded ??= process.getBuiltinModule("node:fs");
  return loaded.constants.O_NONBLOCK === NONBLOCK[Deno.build.os] ? loaded : undefined;
}

/** Whose file something is. */
export interface FileIdentity {
  readonly dev: number | null;
  readonly ino: number | null;
}

/** An open file, as much of it as is needed to send it. */
export interface OpenedFile {
  /** What was opened, whatever its name leads to by now. */
  statSync(): FileIdentity & { readonly isFile: boolean };
  /** The bytes that were read; null at the end. */
  readSync(into: Uint8Array): number | null;
  close(): void;
}

/**
 * Opens a file to read it. Never waits, not even for the writer of a FIFO that a stranger has put
 * there in the moment since it was looked at. Throws what the system says.
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
    readSync: (into) => fs.readSync(fd, into, 0, into.length, null) || null,
    close() {
      if (!open) return;
      open = false;
      fs.closeSync(fd);
    },
  };
}

/** Throws what the system says when this user may not write the file. Changes nothing. */
export function mustBeWritable(path: string): void {
  const fs = nodeFs();
  if (!fs) return Deno.openSync(path, { write: true }).close();
  try {
    fs.closeSync(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
  } catch (error) {
    // A program that runs may not be changed; another may still take its name.
    if ((error as { code?: unknown }).code !== "ETXTBSY") throw error;
  }
}

/** What of a file outlives its bytes. */
export interface Attributes {
  /** Permission bits; others are dropped. */
  readonly mode: number;
  readonly uid: number | null;
  readonly gid: number | null;
}

/**
 * Gives the file that is open as `file`, and was made at `path`, these permissions, and, as far as
 * this user may, the owner and the group. Throws what the system says of the permissions.
 */
export function setAttributes(file: Deno.FsFile, path: string, wanted: Attributes): void {
  const is = file.statSync();
  if (is.mode === null) return;
  const mode = wanted.mode & 0o777;
  const isOwners = (wanted.uid ?? is.uid) === is.uid && (wanted.gid ?? is.gid) === is.gid;
  if (isOwners && (is.mode & 0o777) === mode) return;
  const fs = nodeFs();
  // By name it could hit what somebody has put in the place of the file.
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

/** An ordinary user may give a file to a group of its own, and to no other user. */
function keepOwner(fs: NodeFs, fd: number, { uid, gid }: Attributes): void {
  for (const owner of [uid ?? UNCHANGED, UNCHANGED]) {
    try {
      return fs.fchownSync!(fd, owner, gid ?? UNCHANGED);
    } catch {
      // The next attempt asks for less; in the end it stays this user's.
    }
  }
}

function statOf(fs: NodeFs, fd: number): FileIdentity & { isFile: boolean } {
  const stats = fs.fstatSync(fd);
  return { dev: stats.dev, ino: stats.ino, isFile: stats.isFile() };
}
