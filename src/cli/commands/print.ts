// deno-lint-ignore-file no-console
/** The two streams the program speaks on: results on stdout, faults on stderr. */

export function printOut(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

export function printError(lines: readonly string[]): void {
  for (const line of lines) console.error(line);
}
