/**
 * Runs the server in this process with all permissions, and then tries to use those that it should
 * have given up. Prints the results as one JSON object.
 */

import { runServe } from "../../../src/cli/commands/serve.ts";
import { parseCommand } from "../../../src/cli/args/parse.ts";
import type { ServeCommand } from "../../../src/cli/args/command.ts";
import { RawClient, rrq } from "../net/raw_client.ts";
import { freePort } from "./peers.ts";

const OPERATIONS: Readonly<Record<string, (folder: string) => unknown>> = {
  run: () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  env: () => Deno.env.get("HOME"),
  sys: () => Deno.hostname(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  write: (folder) => Deno.writeTextFileSync(`${folder}/written`, "by the server"),
  read: (folder) => Deno.readTextFileSync(`${folder}/file`),
};

if (import.meta.main) {
  const folder = Deno.args[0]!;
  const port = freePort();
  const words = ["serve", "-a", "127.0.0.1", "-p", String(port), folder];
  void runServe(parseCommand(words) as ServeCommand);
  await using client = new RawClient();
  const { packet } = await client.insist(rrq("file"), port);
  const outcomes = Object.entries(OPERATIONS).map(([name, operation]) => {
    try {
      operation(folder);
      return [name, "done"];
    } catch (error) {
      return [name, (error as Error).name];
    }
  });
  const served = packet?.opcode === 3 ? new TextDecoder().decode(packet.payload) : "";
  // deno-lint-ignore no-console
  console.log(JSON.stringify({ ...Object.fromEntries(outcomes), served }));
  // Even sending itself a signal is not permitted any more.
  Deno.exit(0);
}
