/**
 * Giving up permissions: a running server needs the network and its folder, and nothing else. What
 * it has given up can't be misused, neither by a bug nor by a client.
 */

/** What a running server does not need, except for a program that it was told to run. */
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

/** Revokes all permissions that are no longer needed, for the rest of the process. */
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
