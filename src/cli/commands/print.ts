// deno-lint-ignore-file no-console
/** The two output streams of the program: results on stdout, errors on stderr. */

export function printOut(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

export function printError(lines: readonly string[]): void {
  for (const line of lines) console.error(line);
}
