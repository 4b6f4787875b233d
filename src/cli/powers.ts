/** Which of Deno's permissions a command needs. All others are given back before it runs. */

import type { Command, ServeCommand } from "./command.ts";

export type Power = "net" | "read" | "write";

/** The permissions without which the command can't do what it was asked. Pure. */
export function powersOf(command: Command): readonly Power[] {
  switch (command.kind) {
    case "get":
      return command.output === "-" ? ["net"] : ["net", "read", "write"];
    case "put":
      return command.files.every((file) => file.local === "-") ? ["net"] : ["net", "read"];
    case "serve":
      return mayWrite(command) ? ["net", "read", "write"] : ["net", "read"];
    case "permissions":
      // It tells what there is, so nothing may be gone yet.
      return ["net", "read", "write"];
    default:
      return [];
  }
}

/** A configuration file may ask for it too; once it is read, the server gives up what it can. */
function mayWrite({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.policy.uploads !== "off" ||
    settings.log.file !== undefined;
}
