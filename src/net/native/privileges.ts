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

/** Linux allows a process no more groups. */
const MAX_GROUPS = 65_536;

/**
 * Switches the whole process to this user, and checks that it has no other groups, and can't become
 * root again. Throws {@linkcode NetworkError}: then the process must end, since it may have lost
 * only some of its rights. Changes nothing where the process already is that user and no more.
 */
export function becomeUser(system: System, user: User): void {
  if (user.uid === 0) {
    throw new NetworkError(
      `--user ${user.name} is root, so nothing would be given up: leave it out`,
    );
  }
  const { libc } = system;
  const isAlready = hasIds(system, user);
  const others = otherGroups(system, user);
  if (isAlready && others.length === 0 && capabilities(system) === 0n) return;
  // The kernel takes capabilities away from all threads only where root becomes another user. Who
  // may not become root keeps them, and then the last check fails.
  if (isAlready) libc.setuid(0);
  if (!isAlready || others.length > 0) setGroups(system, user);
  // In this order: a process that is no longer root may not change its groups.
  must(system, libc.setgid(user.gid), `its group ${user.gid}`, user);
  must(system, libc.setuid(user.uid), `its number ${user.uid}`, user);
  mustBe(system, user);
  mustStay(system, user);
}

function setGroups(system: System, user: User): void {
  const groups = Uint32Array.from(user.groups);
  const result = system.libc.setgroups(BigInt(groups.length), groups);
  must(system, result, `its groups ${user.groups}`, user);
}

function hasIds(system: System, { uid, gid }: User): boolean {
  const { users, groups } = ids(system);
  return users.every((id) => id === uid) && groups.every((id) => id === gid);
}

/** Supplementary groups of the process that are none of the user's. */
function otherGroups(system: System, user: User): number[] {
  const into = new Uint32Array(MAX_GROUPS);
  const count = system.libc.getgroups(into.length, into);
  if (count < 0) {
    throw new NetworkError(`Can't read groups from the system (${errnoName(system.errno())})`);
  }
  return [...into.subarray(0, count)].filter((group) => !user.groups.includes(group));
}

function must(system: System, result: number, what: string, user: User): void {
  if (result === 0) return;
  const errno = errnoName(system.errno());
  throw new NetworkError(`Can't become user ${user.name}: ${what} (${errno}); ${REMEDY}`);
}

/** A call may succeed and do nothing, so the result is checked. */
function mustBe(system: System, user: User): void {
  const { users, groups } = ids(system);
  const all = [...groups, ...otherGroups(system, user)];
  if (hasIds(system, user) && all.length === groups.length) return;
  throw new NetworkError(
    `Can't become user ${user.name}: the process has users ${users} and groups ${all}`,
  );
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
