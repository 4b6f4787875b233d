/** The commands that only print information: help and permissions. */

import type { Build } from "../args/build.ts";
import type { HelpCommand, PermissionsCommand } from "../args/command.ts";
import { helpText } from "../text/help.ts";
import { permissionsReport } from "../permissions/permissions_report.ts";
import { printOut } from "./print.ts";

/** @returns the exit code. */
export function printInformation(
  command: HelpCommand | PermissionsCommand,
  build: Build | undefined,
): number {
  printOut(
    command.kind === "help" ? [helpText(command.topic).trimEnd()] : permissionsReport(build),
  );
  return 0;
}
