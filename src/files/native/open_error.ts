/** What an error number means for a file that was to be opened. Pure. */

import * as layout from "./file_layout.ts";

/** What Deno's own functions would throw, so that all the rest of the program knows it. */
const CLASSES: ReadonlyMap<number, [kind: new (message: string) => Error, words: string]> = new Map(
  [
    [layout.ENOENT, [Deno.errors.NotFound, "No such file or directory"]],
    [layout.EACCES, [Deno.errors.PermissionDenied, "Permission denied"]],
    [layout.EPERM, [Deno.errors.PermissionDenied, "Operation not permitted"]],
    [layout.ENOTDIR, [Deno.errors.NotADirectory, "Not a directory"]],
  ],
);

const NAMES = [
  ...["EINTR", "EIO", "ENXIO", "EAGAIN", "ENOMEM", "EXDEV", "EINVAL", "ENFILE", "EMFILE"],
  ...["ENAMETOOLONG", "ENOSYS", "ELOOP", "ESTALE"],
] as const;

/** The error for a number; `operation` says what was done to what, for the operator. */
export function openError(errno: number, operation: string): Error {
  const known = CLASSES.get(errno);
  if (known !== undefined) return new known[0](`${known[1]} (os error ${errno}): ${operation}`);
  const code = NAMES.find((name) => layout[name] === errno) ?? `errno ${errno}`;
  return Object.assign(new Error(`${code}: ${operation}`), { code });
}
