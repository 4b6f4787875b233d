/** Does what a command line asks for. */

import type { Command } from "./command.ts";
import { completions } from "./completions.ts";
import { runGet } from "./get.ts";
import { helpText } from "./help.ts";
import { manPage } from "./man_page.ts";
import { printOut } from "./print.ts";
import { runPut } from "./put.ts";
import { runServe } from "./serve.ts";
import { runShell } from "./shell.ts";

/** @returns the exit code. `version` is the program's. */
export async function runCommand(command: Command, version: string): Promise<number> {
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
      printOut([manPage(version).trimEnd()]);
      return 0;
    case "help":
      printOut([helpText(command.topic).trimEnd()]);
      return 0;
    case "version":
      printOut([`tftp ${version}`]);
      return 0;
  }
}
