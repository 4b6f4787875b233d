/** The program: words in, a command done, an exit code out. */

import { takeBuild } from "./src/cli/args/build.ts";
import { exitCodeOf } from "./src/cli/text/exit_code.ts";
import { parseCommand } from "./src/cli/args/parse.ts";
import { keepOnlyWhatIsNeeded } from "./src/cli/permissions/permission.ts";
import { printError, withOutput } from "./src/cli/commands/print.ts";
import { errorLines } from "./src/cli/text/report.ts";
import { runCommand } from "./src/cli/commands/run.ts";

async function main(): Promise<number> {
  const { build, args } = takeBuild(Deno.args, Deno.build.standalone);
  const command = parseCommand(args, build?.serve);
  await keepOnlyWhatIsNeeded(command, build);
  return await withOutput(await runCommand(command, build));
}

try {
  Deno.exit(await main());
} catch (error) {
  printError(errorLines(error));
  Deno.exit(exitCodeOf(error));
}
