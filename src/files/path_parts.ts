/**
 * Splits and joins paths, for a program that must start fast: the part of `@std/path` (a hundred
 * modules) that a transfer needs, in one. On Windows, whose paths are different, it is `@std/path`
 * itself. `tests/files/path_parts_test.ts` tests both with the same cases.
 */

/** The functions that are needed. */
export interface PathParts {
  dirname(path: string): string;
  basename(path: string): string;
  join(...parts: string[]): string;
  /** What stands between the parts of a path. */
  readonly SEPARATOR: string;
}

/** Parts of a path that can be removed: empty ones, `.` and `..`. */
const REDUNDANT = /\/\/|(?:^|\/)\.{1,2}(?:\/|$)/;

/** The rules of every system but Windows. */
export const POSIX_PARTS: PathParts = {
  SEPARATOR: "/",
  dirname(path) {
    const bare = withoutEnd(path);
    const slash = bare.lastIndexOf("/");
    if (slash < 0) return path.startsWith("/") ? "/" : ".";
    return slash === 0 ? "/" : withoutEnd(bare.slice(0, slash)) || "/";
  },
  basename(path) {
    const bare = withoutEnd(path);
    if (bare === "") return path === "" ? "" : "/";
    return bare.slice(bare.lastIndexOf("/") + 1);
  },
  join(...parts) {
    let joined = "";
    for (const part of parts) {
      if (part !== "") joined = joined === "" ? part : `${joined}/${part}`;
    }
    if (joined === "") return ".";
    if (!REDUNDANT.test(joined)) return joined;
    const root = joined.startsWith("/") ? "/" : "";
    const steps: string[] = [];
    for (const step of joined.split("/")) {
      if (step === "" || step === ".") continue;
      if (step !== "..") steps.push(step);
      else if (steps.length > 0 && steps.at(-1) !== "..") steps.pop();
      else if (root === "") steps.push(step);
    }
    const path = root + steps.join("/");
    if (path === "") return joined.endsWith("/") ? "./" : ".";
    return joined.endsWith("/") && path !== "/" ? `${path}/` : path;
  },
};

function withoutEnd(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

export const { dirname, basename, join, SEPARATOR }: PathParts = Deno.build.os === "windows"
  ? await import("@std/path")
  : POSIX_PARTS;

/** What every path below a folder begins with: "/srv/tftp-old" is not below "/srv/tftp". */
export function prefixOf(folder: string): string {
  return folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR;
}

/** Whether a path is the folder itself, or below it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(prefixOf(folder));
}
