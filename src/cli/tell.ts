/** The commands that only tell something: what the program is, can do, and may do. */

import type { Build } from "./build.ts";
import type { HelpCommand, PermissionsCommand, VersionCommand } from "./command.ts";
import { helpText } from "./help.ts";
import { permissionsReport } from "./permissions_report.ts";
import { printOut } from "./print.ts";

/** @returns the exit code. */
export function tell(
  command: HelpCommand | VersionCommand | PermissionsCommand,
  program: { version: string; build: Build | undefined },
): number {
  switch (command.kind) {
    case "help":
      printOut([helpText(command.topic).trimEnd()]);
      break;
    case "version":
      printOut([`tftp ${program.version}`]);
      break;
    case "permissions":
      printOut(permissionsReport(program.build));
      break;
  }
  return 0;
}
