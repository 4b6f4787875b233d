/**
 * Gives up permissions: a running server needs the network and its folder, and nothing else. A
 * permission that was given up can't be misused, neither by a bug nor by a client.
 */

/** What a running server does not need, except for running a program after uploads. */
const NEVER_NEEDED = ["run", "env", "sys", "ffi", "import"] as const;

/** What a running server does besides the network and its folder. */
export interface StillNeeded {
  /** Whether it takes uploads. */
  readonly uploads: boolean;
  /** Whether it reopens its log, or keeps copies of an origin's files. */
  readonly others: boolean;
  /** The served folder, if there is one. */
  readonly root: string | undefined;
  /** Whether it runs a program after an upload. */
  readonly runs: boolean;
}

/** Revokes all permissions that are no longer needed, for the rest of the process. */
export async function giveUpPermissions(
  { uploads, others, root, runs }: StillNeeded,
): Promise<void> {
  for (const name of NEVER_NEEDED) {
    if (name !== "run" || !runs) await revoke({ name } as Deno.PermissionDescriptor);
  }
  if (uploads) return;
  // A permission to write everywhere can't be narrowed to these; one for several paths can.
  if (!others) await revoke({ name: "write" });
  else if (root !== undefined) await revoke({ name: "write", path: root });
}

async function revoke(permission: Deno.PermissionDescriptor): Promise<void> {
  try {
    await Deno.permissions.revoke(permission);
  } catch (error) {
    // An older Deno may not know the permission; then it was never granted.
    if (!(error instanceof TypeError)) throw error;
  }
}
