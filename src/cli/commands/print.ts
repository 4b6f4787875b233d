// deno-lint-ignore-file no-console
/** The two output streams of the program: results on stdout, errors on stderr. */

import { exitCodeOf } from "../text/exit_code.ts";
import { errorLines } from "../text/report.ts";

/** Why the first line could not be written to stdout. */
let fault: unknown;

/** A line that can't be written does not stop a transfer; {@linkcode withOutput} tells of it. */
export function printOut(lines: readonly string[]): void {
  try {
    for (const line of lines) console.log(line);
  } catch (error) {
    fault ??= error;
  }
}

export function printError(lines: readonly string[]): void {
  try {
    for (const line of lines) console.error(line);
  } catch {
    // Nobody can be told. The exit code still says what failed.
  }
}

/** The exit code of the program: results that could not be written are an error, too. */
export async function withOutput(code: number): Promise<number> {
  if (fault === undefined) return code;
  const { localFileError } = await import("../../files/file_error.ts");
  const error = localFileError("write to", "standard output", fault);
  printError(errorLines(error));
  return code === 0 ? exitCodeOf(error) : code;
}
