/** Which of Deno's permissions a command needs. All others are given back before it runs. */

import type { Command } from "./command.ts";

export type Power = "net" | "read" | "write";

/** The permissions without which the command can't do what it was asked. Pure. */
export function powersOf(command: Command): readonly Power[] {
  switch (command.kind) {
    case "get":
      return command.output === "-" ? ["net"] : ["net", "read", "write"];
    case "put":
      return command.files.every((file) => file.local === "-") ? ["net"] : ["net", "read"];
    case "serve":
      return command.uploads === "off" ? ["net", "read"] : ["net", "read", "write"];
    case "permissions":
      // It tells what there is, so nothing may be gone yet.
      return ["net", "read", "write"];
    default:
      return [];
  }
}
