/**
 * Does what a command line asks for. Each command is loaded when it is wanted: most of a start is
 * loading. So commands of the client import from where things are, not from the library as a whole,
 * which would bring the server along; `tests/repo/tidy_test.ts` counts what they load.
 */

import type { Build } from "../args/build.ts";
import type { Command } from "../args/command.ts";
import { printOut } from "./print.ts";

/** @returns the exit code. */
export async function runCommand(command: Command, build: Build | undefined): Promise<number> {
  switch (command.kind) {
    case "get":
      return await (await import("./get.ts")).runGet(command);
    case "put":
      return await (await import("./put.ts")).runPut(command);
    case "serve":
      return await (await import("./serve.ts")).runServe(command);
    case "status":
      return await (await import("./status.ts")).runStatus(command);
    case "shell":
      return await (await import("./shell.ts")).runShell(command);
    case "doctor":
      return await (await import("./doctor.ts")).runDoctor(command);
    case "completions":
      printOut([(await import("../text/completions.ts")).completions(command.shell).trimEnd()]);
      return 0;
    case "man":
      printOut([(await import("../text/man_page.ts")).manPage(await version()).trimEnd()]);
      return 0;
    case "version":
      printOut([`tftp ${await version()}`]);
      return 0;
    default:
      return (await import("./tell.ts")).tell(command, build);
  }
}

async function version(): Promise<string> {
  return await (await import("../text/version.ts")).version();
}
