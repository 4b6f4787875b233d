/** How much room a disk has. */

interface NodeFs {
  statfsSync?(path: string): { readonly bavail: number; readonly bsize: number };
}

interface Process {
  getBuiltinModule(name: "node:fs"): NodeFs;
}

/** Bytes that a user may still write where `path` is; undefined where the system does not tell. */
export function freeSpace(path: string): number | undefined {
  const { process } = globalThis as unknown as { process: Process };
  try {
    const found = process.getBuiltinModule("node:fs").statfsSync?.(path);
    return found === undefined ? undefined : found.bavail * found.bsize;
  } catch {
    return undefined;
  }
}
