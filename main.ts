/** The program: words in, a command done, an exit code out. */

import config from "./deno.json" with { type: "json" };
import { exitCodeOf } from "./src/cli/exit_code.ts";
import { runGet } from "./src/cli/get.ts";
import { helpText } from "./src/cli/help.ts";
import { parseCommand } from "./src/cli/parse.ts";
import { printError, printOut } from "./src/cli/print.ts";
import { runPut } from "./src/cli/put.ts";
import { errorLines } from "./src/cli/report.ts";
import { runServe } from "./src/cli/serve.ts";

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  switch (command.kind) {
    case "get":
      return await runGet(command);
    case "put":
      return await runPut(command);
    case "serve":
      return await runServe(command);
    case "help":
      printOut([helpText(command.topic).trimEnd()]);
      return 0;
    case "version":
      printOut([`tftp ${config.version}`]);
      return 0;
  }
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  printError(errorLines(error));
  Deno.exit(exitCodeOf(error));
}
