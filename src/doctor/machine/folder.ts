/** Checks of the served folder: permissions, links, names, times and free space. Pure. */

import type { Finding } from "../finding.ts";
import { cited } from "../format.ts";
import type { Entry, FolderTour, Known, Server } from "./facts.ts";
import { notLookedAt } from "./network.ts";

/** How many names a finding lists. */
const NAMED = 3;
const READ = 4;
const WRITE = 2;
const ENTER = 1;
/** Below this, a disk is nearly full. */
const LITTLE_BYTES = 1_000_000_000;
/** A file whose time is later than this is from the future. */
const SKEW_MS = 60_000;
/** No correct clock says less: the day when this was written. */
const EARLIEST_MS = 1_764_000_000_000;

/** What a user may do with a file, by its permissions alone. */
function may({ mode, uid, gid }: Entry, user: Server, want: number): boolean {
  if (user.uid === 0 || mode === null) return true;
  const bits = user.uid === uid ? mode >> 6 : user.groups.includes(gid ?? -1) ? mode >> 3 : mode;
  return (bits & want) === want;
}

export function judgeRights(
  tour: FolderTour,
  { user, uploads }: { user: Server | undefined; uploads: boolean },
): Finding[] {
  const found: Finding[] = [];
  const base = { topic: "machine", check: "rights" } as const;
  const who = user === undefined ? "this user" : `user ${user.name}`;
  if (user !== undefined) {
    const closed = [...tour.above, tour.root].find((folder) => !may(folder, user, ENTER));
    if (closed !== undefined) {
      return [{
        ...{ ...base, grade: "fault" },
        seen: `${who} may not enter ${cited(closed.path)}`,
        advice: `chmod o+x ${closed.path}, or give the folder to that user`,
      }];
    }
  }
  const files = tour.entries.filter(({ kind }) => kind !== "other");
  const shut = files.filter((entry) =>
    user === undefined
      ? entry.readable === false
      : !may(entry, user, entry.kind === "folder" ? READ | ENTER : READ)
  );
  found.push(
    shut.length === 0
      ? { ...base, grade: "good", seen: `${who} may read all that is there (${counted(files)})` }
      : {
        ...{ ...base, grade: "warning" },
        seen: `${who} may not read ${names(shut.map(({ path }) => path))}`,
        advice: "chmod a+r for files, a+rx for folders",
      },
  );
  if (uploads && user !== undefined && !may(tour.root, user, WRITE | ENTER)) {
    found.push({
      ...{ topic: "machine", check: "upload rights", grade: "fault" },
      seen: `${who} may not write into ${cited(tour.root.path)}, and uploads are on`,
      advice: `chown ${user.name} ${tour.root.path}, or name a folder by --upload-dir`,
    });
  }
  return found;
}

export function judgeNames(
  { entries, leaving, broken, cut }: FolderTour,
  ignoreCase: boolean,
): Finding[] {
  const found: Finding[] = [];
  if (leaving.length > 0) {
    found.push({
      ...{ topic: "machine", check: "links", grade: "warning" },
      seen: `links that leave the folder are never served: ${names(leaving)}`,
      advice: "copy what they lead to into the folder, or mount it there (mount --bind)",
    });
  }
  if (broken.length > 0) {
    found.push({
      ...{ topic: "machine", check: "links", grade: "note" },
      seen: `links that lead nowhere: ${names(broken)}`,
    });
  }
  const twins = caseTwins(entries);
  if (twins.length > 0) {
    found.push({
      ...{ topic: "machine", check: "case", grade: ignoreCase ? "warning" : "note" },
      seen: `names that differ only in upper and lower case: ${names(twins)}`,
      advice: ignoreCase
        ? "with --ignore-case, other spellings find only one of them: rename them"
        : "a client gets the file with exactly the name it asks for",
    });
  }
  if (cut) {
    found.push({
      ...{ topic: "machine", check: "folder", grade: "note" },
      seen: `the folder holds more than the ${entries.length} files that were looked at`,
    });
  }
  if (found.length > 0) return found;
  return [{
    ...{ topic: "machine", check: "names", grade: "good" },
    seen: "no link leaves the folder, and no two names differ only in case",
  }];
}

function caseTwins(entries: readonly Entry[]): string[] {
  const byName = new Map<string, string[]>();
  for (const { path } of entries) {
    const key = path.toLowerCase();
    byName.set(key, [...byName.get(key) ?? [], path]);
  }
  return [...byName.values()].filter(({ length }) => length > 1).map((same) => same.join(" and "));
}

export function judgeSpace(
  freeBytes: Known<number>,
  { uploads, largestUpload }: { uploads: boolean; largestUpload: number | undefined },
): Finding[] {
  if (!uploads) return [];
  if ("missing" in freeBytes) return [notLookedAt("free disk", freeBytes.missing)];
  const { value } = freeBytes;
  const enough = value >= Math.max(LITTLE_BYTES, largestUpload ?? 0);
  return [{
    ...{ topic: "machine", check: "free disk", grade: enough ? "good" : "warning" },
    seen: `the disk has ${Math.floor(value / 1e6)} MB free for uploads`,
    ...(enough
      ? {}
      : { advice: "make room, or limit uploads with --max-upload and --upload-quota" }),
  }];
}

/** `said` is the time as text. */
export function judgeClock(
  { nowMs, said }: { nowMs: number; said: string },
  { entries }: FolderTour,
): Finding[] {
  const base = { topic: "machine", check: "clock" } as const;
  const future = entries.find(({ modifiedMs }) => (modifiedMs ?? 0) > nowMs + SKEW_MS);
  if (nowMs >= EARLIEST_MS && future === undefined) {
    return [{ ...base, grade: "good", seen: `the clock says ${said} UTC` }];
  }
  return [{
    ...{ ...base, grade: "warning" },
    seen: future === undefined
      ? `the clock says ${said} UTC, which is long past`
      : `the clock says ${said} UTC, and ${cited(future.path)} is younger`,
    advice:
      "set the clock, and keep it right with NTP: the times of logs and captures depend on it",
  }];
}

function counted(entries: readonly Entry[]): string {
  const folders = entries.filter(({ kind }) => kind === "folder").length;
  return `files: ${entries.length - folders}, folders: ${folders}`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMED).map(cited).join(", ");
  return all.length > NAMED ? `${shown} and ${all.length - NAMED} more` : shown;
}
