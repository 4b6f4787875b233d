/** Does what a command line asks for. */

import type { Build } from "./build.ts";
import type { Command } from "./command.ts";
import { completions } from "./completions.ts";
import { runGet } from "./get.ts";
import { manPage } from "./man_page.ts";
import { printOut } from "./print.ts";
import { runPut } from "./put.ts";
import { runServe } from "./serve.ts";
import { runShell } from "./shell.ts";
import { tell } from "./tell.ts";

/** @returns the exit code. */
export async function runCommand(
  command: Command,
  program: { version: string; build: Build | undefined },
): Promise<number> {
  switch (command.kind) {
    case "get":
      return await runGet(command);
    case "put":
      return await runPut(command);
    case "serve":
      return await runServe(command);
    case "shell":
      return await runShell(command);
    case "completions":
      printOut([completions(command.shell).trimEnd()]);
      return 0;
    case "man":
      printOut([manPage(program.version).trimEnd()]);
      return 0;
    default:
      return tell(command, program);
  }
}
