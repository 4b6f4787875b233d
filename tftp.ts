/**
 * The program, for any folder. Where the packages it needs can't be loaded, it names a line that
 * works without them: Deno itself would end with the place in the source that wanted them.
 */

import { printError } from "./src/cli/commands/print.ts";

/** As the program's table of exit codes has it: the network on this side. */
const NETWORK = 7;

try {
  await import("./main.ts");
} catch (error) {
  // Of what fails before the program begins only this is the network's fault.
  if (!/\bJSR package\b/.test((error as Error).message)) throw error;
  const { href, protocol, pathname } = new URL("./", import.meta.url);
  const here = protocol === "file:" ? decodeURIComponent(pathname) : href;
  const permissions = ["--allow-net", "--allow-read", "--allow-write"];
  const map = `--import-map=${here}offline/import_map.json`;
  const words = ["deno", "run", map, ...permissions, `${here}tftp.ts`, ...Deno.args];
  printError([
    "tftp: JSR is out of reach, where Deno's standard library comes from",
    "  This works without it, by adapters that are part of the program:",
    `  ${words.map(shellWord).join(" ")}`,
  ]);
  Deno.exit(NETWORK);
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
