/**
 * Gives up root for good, once port 69 is bound. The C library changes all threads of the process
 * at once, workers included, and the kernel takes root's capabilities away. Open sockets and files
 * stay open.
 */

import { NetworkError } from "../../engine/errors.ts";
import { errnoName } from "./errno.ts";
import { CAPABILITY_VERSION, SYS_CAPGET } from "./layout.ts";
import type { System } from "./system.ts";
import type { User } from "./user.ts";

/** What to do when a call is refused, since only rights can be missing. */
const REMEDY = "start as root, or as that user without --user";

/**
 * Switches the whole process to this user, and checks that it can't become root again. Throws
 * {@linkcode NetworkError}: then the process must end, since it may have lost only some of its
 * rights. Changes nothing where the process already is that user.
 */
export function becomeUser(system: System, user: User): void {
  if (user.uid === 0) {
    throw new NetworkError(
      `--user ${user.name} is root, so nothing would be given up: leave it out`,
    );
  }
  if (isAlready(system, user)) return;
  const { libc } = system;
  // In this order: a process that is no longer root may not change its groups.
  const groups = Uint32Array.from(user.groups);
  must(system, libc.setgroups(BigInt(groups.length), groups), `its groups ${user.groups}`, user);
  must(system, libc.setgid(user.gid), `its group ${user.gid}`, user);
  must(system, libc.setuid(user.uid), `its number ${user.uid}`, user);
  mustBe(system, user);
  mustStay(system, user);
}

function isAlready(system: System, { uid, gid }: User): boolean {
  const { users, groups } = ids(system);
  return users.every((id) => id === uid) && groups.every((id) => id === gid);
}

function must(system: System, result: number, what: string, user: User): void {
  if (result === 0) return;
  const errno = errnoName(system.errno());
  throw new NetworkError(`Can't become user ${user.name}: ${what} (${errno}); ${REMEDY}`);
}

/** A call may succeed and do nothing, so the result is checked. */
function mustBe(system: System, user: User): void {
  const { users, groups } = ids(system);
  if (users.some((id) => id !== user.uid) || groups.some((id) => id !== user.gid)) {
    throw new NetworkError(
      `Can't become user ${user.name}: the process has users ${users} and groups ${groups}`,
    );
  }
}

function mustStay(system: System, user: User): void {
  const { libc } = system;
  const left = capabilities(system);
  const becameRoot = libc.setuid(0) === 0 || user.gid !== 0 && libc.setgid(0) === 0;
  if (left === 0n && !becameRoot) return;
  throw new NetworkError(
    `As user ${user.name} the process could become root again ` +
      `(its capabilities are 0x${left.toString(16)}): what starts the program must drop them`,
  );
}

/** Real, effective and saved IDs. */
function ids({ libc }: System): { users: number[]; groups: number[] } {
  const words = (call: typeof libc.getresuid) => {
    const [real, effective, saved] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
    call(real, effective, saved);
    return [real[0]!, effective[0]!, saved[0]!];
  };
  return { users: words(libc.getresuid), groups: words(libc.getresgid) };
}

/** The capabilities that this thread has or may regain: one bit each. */
export function capabilities(system: System): bigint {
  // Version, and 0 for this thread; then effective, permitted and inheritable, 32 bits at a time.
  const header = Uint32Array.of(CAPABILITY_VERSION, 0);
  const sets = new Uint32Array(6);
  if (system.libc.capget(BigInt(SYS_CAPGET), header, sets) < 0) {
    throw new NetworkError(
      `Can't read capabilities from the system (${errnoName(system.errno())})`,
    );
  }
  return BigInt((sets[0]! | sets[1]!) >>> 0) | BigInt((sets[3]! | sets[4]!) >>> 0) << 32n;
}
