/**
 * The user that a server switches to, by name or number. /etc/passwd and /etc/group are read as
 * text, because the C library's functions return pointers and may load libraries.
 */

import { NetworkError } from "../../engine/errors.ts";

/** The user whose rights a process has. */
export interface User {
  /** As the operator has named it, for messages. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups; the first one is `gid`. */
  readonly groups: readonly number[];
}

const PASSWD = "/etc/passwd";
const GROUP = "/etc/group";
/** Linux allows a process no more groups. */
const MAX_GROUPS = 65_536;
/** Means "unchanged" in system calls, so it is nobody's number. */
const MAX_ID = 2 ** 32 - 2;

/**
 * Finds the user of `NAME` or `NAME:GROUP`; both may be numbers. Two numbers need no file, all else
 * reads /etc/passwd and /etc/group. If a group is named, it is the only one. Throws
 * {@linkcode NetworkError} when there is no such user or group, or a file can't be read.
 * @param read reads a file; tests pass their own
 */
export function findUser(spec: string, read: (path: string) => string = readText): User {
  const [name = "", group, ...strays] = spec.split(":");
  if (name === "" || group === "" || strays.length > 0) {
    throw new NetworkError(`--user needs NAME or NAME:GROUP, not "${spec}"`);
  }
  const number = idOf(name);
  if (number !== undefined && group !== undefined && idOf(group) !== undefined) {
    return only(spec, number, idOf(group)!);
  }
  const account = findAccount(name, number, read);
  if (account === undefined && (number === undefined || group === undefined)) {
    throw new NetworkError(unknownUser(name, number));
  }
  const uid = account?.uid ?? number!;
  if (group !== undefined) return only(spec, uid, findGroup(group, read));
  const { gid } = account!;
  const others = groupsOf(account!.name, read).filter((other) => other !== gid);
  return { name: spec, uid, gid, groups: [gid, ...new Set(others)].slice(0, MAX_GROUPS) };
}

function only(name: string, uid: number, gid: number): User {
  return { name, uid, gid, groups: [gid] };
}

function unknownUser(name: string, number: number | undefined): string {
  if (number !== undefined) {
    return `User ${name} is not in ${PASSWD}, so its group is unknown: give both, such as ` +
      `--user ${name}:${name}`;
  }
  return `User "${name}" is not in ${PASSWD}: create it, or use numbers, such as ` +
    "--user 65534:65534";
}

function findAccount(name: string, number: number | undefined, read: (path: string) => string) {
  for (const [account = "", , uid = "", gid = ""] of rows(PASSWD, read)) {
    const ids = [idOf(uid), idOf(gid)] as const;
    if (ids[0] === undefined || ids[1] === undefined) continue;
    // A name of digits only is a number, as for chown.
    const isIt = number === undefined ? account === name : ids[0] === number;
    if (isIt) return { name: account, uid: ids[0], gid: ids[1] };
  }
  return undefined;
}

function findGroup(name: string, read: (path: string) => string): number {
  const number = idOf(name);
  if (number !== undefined) return number;
  for (const [group, , gid = ""] of rows(GROUP, read)) {
    const id = idOf(gid);
    if (group === name && id !== undefined) return id;
  }
  throw new NetworkError(`Group "${name}" is not in ${GROUP}: create it, or use its number`);
}

/** The groups of which this user is a member. */
function groupsOf(name: string, read: (path: string) => string): number[] {
  const found: number[] = [];
  for (const [, , gid = "", members = ""] of rows(GROUP, read)) {
    const id = idOf(gid);
    if (id !== undefined && members.split(",").includes(name)) found.push(id);
  }
  return found;
}

/** The fields of each line. */
function rows(path: string, read: (path: string) => string): string[][] {
  let text: string;
  try {
    text = read(path);
  } catch (error) {
    const reason = (error as Error).message;
    throw new NetworkError(
      `--user needs ${path}, which can't be read (${reason}): ` +
        `add --allow-read=${path}, or use numbers, such as --user 65534:65534`,
      { cause: error },
    );
  }
  return text.split("\n").map((line) => line.trimEnd().split(":"));
}

function idOf(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

function readText(path: string): string {
  return Deno.readTextFileSync(path);
}
