/**
 * The interactive shell: reads lines from standard input, a terminal or a pipe. A failed transfer
 * does not end it; Ctrl-C ends a running transfer, or else the shell.
 */

import type { Command, ShellCommand } from "../args/command.ts";
import { exitCodeOf } from "../text/exit_code.ts";
import { quoted } from "../text/format.ts";
import { runGet } from "./get.ts";
import { parseCommand } from "../args/parse.ts";
import { needDatagrams } from "../permissions/permission.ts";
import { printError, printOut } from "./print.ts";
import { runPut } from "./put.ts";
import { errorLines } from "../text/report.ts";
import { flagWords, interpret, type Outcome, type ShellState } from "./shell_state.ts";
import { UsageError } from "../args/usage_error.ts";

const PROMPT = "tftp> ";

/**
 * Throws `UsageError` if an unknown command was taken as a host, but there is neither a terminal
 * nor a script to read commands from.
 *
 * @returns 0 from a terminal; from a pipe the code of the first command that failed.
 */
export async function runShell(command: ShellCommand): Promise<number> {
  const { host, port, flags, impliedBy } = command;
  needDatagrams();
  const onTerminal = Deno.stdin.isTerminal();
  let state: ShellState = { host, port, flags };
  let exitCode = 0;
  let silent = true;
  prompt(onTerminal);
  for await (const line of linesOfStdin()) {
    silent = false;
    const { outcome, code } = await runLine(line, state);
    exitCode ||= code;
    if (outcome.quit) return onTerminal ? 0 : exitCode;
    state = outcome.state ?? state;
    prompt(onTerminal);
  }
  if (silent && !onTerminal && impliedBy !== undefined) {
    throw new UsageError(
      `${
        quoted(impliedBy)
      } is not a command; a shell for a host of that name needs a terminal, or ` +
        `commands on standard input\nSee: tftp --help, or fetch a file: tftp get ${impliedBy} FILE`,
    );
  }
  // After Ctrl-D the cursor is still behind the prompt.
  if (onTerminal) printOut([""]);
  return onTerminal ? 0 : exitCode;
}

async function runLine(
  line: string,
  state: ShellState,
): Promise<{ outcome: Outcome; code: number }> {
  try {
    const outcome = interpret(line, state);
    // A wrong value is reported when it is set, not at the next file.
    if (outcome.state) parseCommand(["get", ...flagWords(outcome.state), "host", "file"]);
    printOut(outcome.lines ?? []);
    const code = outcome.words === undefined ? 0 : await runTransfer(parseCommand(outcome.words));
    return { outcome, code };
  } catch (error) {
    printError(errorLines(withoutHelp(error)));
    return { outcome: {}, code: exitCodeOf(error) };
  }
}

function runTransfer(command: Command): Promise<number> {
  if (command.kind === "get") return runGet(command);
  if (command.kind === "put") return runPut(command);
  throw new Error(`The shell can't run ${command.kind}`);
}

/** The last line of a usage error names a help that the shell does not have. */
function withoutHelp(error: unknown): unknown {
  if (error instanceof Error) error.message = error.message.replace(/\nSee: .*$/, "");
  return error;
}

function prompt(onTerminal: boolean): void {
  if (onTerminal) Deno.stdout.writeSync(new TextEncoder().encode(PROMPT));
}

/** Read directly: a stream would read on while a transfer runs, and take its Ctrl-D. */
async function* linesOfStdin(): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) break;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
    const lines = text.split("\n");
    text = lines.pop()!;
    yield* lines;
  }
  if (text !== "") yield text;
}
