/** The commands that only print information: help and permissions. */

import type { Build } from "../args/build.ts";
import type { HelpCommand, PermissionsCommand } from "../args/command.ts";
import { helpText } from "../text/help.ts";
import { permissionsReport } from "../permissions/permissions_report.ts";
import { printOut } from "./print.ts";

/** @returns the exit code. */
export async function printInformation(
  command: HelpCommand | PermissionsCommand,
  build: Build | undefined,
): Promise<number> {
  if (command.kind === "help") printOut([helpText(command.topic).trimEnd()]);
  else printOut([...permissionsReport(build), ...build ? [] : [await nativeLine()]]);
  return 0;
}

/** The flag of Deno that native sockets need here, or that they can be used. */
async function nativeLine(): Promise<string> {
  const { whyNotNative } = await import("../../net/native/libc_paths.ts");
  return whyNotNative() ?? "Native sockets can be used.";
}
