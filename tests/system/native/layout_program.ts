// deno-lint-ignore-file no-console
/** Prints the numbers that native sockets and files are made with, as this machine has them. */

import * as file from "../../../src/files/native/file_layout.ts";
import * as errno from "../../../src/net/native/errno.ts";
import * as layout from "../../../src/net/native/layout.ts";

/** Names and numbers, module by module: two modules may say the same name. */
export const NUMBERS: readonly (readonly [string, number])[] = [layout, errno, file].flatMap(
  (module) =>
    Object.entries(module).filter((entry): entry is [string, number] =>
      typeof entry[1] === "number"
    ),
);

if (import.meta.main) console.log(JSON.stringify(NUMBERS));
