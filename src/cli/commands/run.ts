/**
 * Runs a command line. A command is loaded only when it is used, since most of the start is
 * loading. So the client's commands import single modules, and not the library as a whole, which
 * would load the server; `tests/repo/startup_test.ts` counts what they load.
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
      return (await import("./information.ts")).printInformation(command, build);
  }
}

async function version(): Promise<string> {
  return await (await import("../text/version.ts")).version();
}
