/** The program: words in, a command done, an exit code out. */

import config from "./deno.json" with { type: "json" };
import { exitCodeOf } from "./src/cli/exit_code.ts";
import { parseCommand } from "./src/cli/parse.ts";
import { printError } from "./src/cli/print.ts";
import { errorLines } from "./src/cli/report.ts";
import { runCommand } from "./src/cli/run.ts";

try {
  Deno.exit(await runCommand(parseCommand(Deno.args), config.version));
} catch (error) {
  printError(errorLines(error));
  Deno.exit(exitCodeOf(error));
}
