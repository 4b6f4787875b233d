/**
 * Giving up power: once a server has started it needs the network and its folder, and nothing else.
 * What it no longer holds, no mistake of its own and no client's trick can use.
 */

/** What nothing in a running server needs, but for a program that it was told to run. */
const NEVER_NEEDED = ["run", "env", "sys", "ffi", "import"] as const;

/** What a running server still does beside the network and its folder. */
export interface StillNeeded {
  /** Whether files may be sent to it. */
  readonly uploads: boolean;
  /** Whether it opens its log again when it is told to, or keeps copies of an origin's files. */
  readonly others: boolean;
  /** The served folder, if there is one. */
  readonly root: string | undefined;
  /** Whether it runs a program after an upload. */
  readonly runs: boolean;
}

/** Revokes every permission that is not needed any more; there is no way back. */
export async function giveUpPower({ uploads, others, root, runs }: StillNeeded): Promise<void> {
  for (const name of NEVER_NEEDED) {
    if (name !== "run" || !runs) await revoke({ name } as Deno.PermissionDescriptor);
  }
  if (uploads) return;
  // A permission to write everywhere can't be narrowed to these; one to write to places can.
  if (!others) await revoke({ name: "write" });
  else if (root !== undefined) await revoke({ name: "write", path: root });
}

async function revoke(permission: Deno.PermissionDescriptor): Promise<void> {
  try {
    await Deno.permissions.revoke(permission);
  } catch (error) {
    // An older Deno may not know the permission; then it can't have given it.
    if (!(error instanceof TypeError)) throw error;
  }
}
