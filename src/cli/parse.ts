/**
 * What a command line means: everything is checked here that can be checked without opening a file
 * or a socket.
 *
 * Besides `get`, `put` and `serve` two habits of other programs are understood: `pull` and `push`
 * (FILE first, then HOST and PORT), and the host before the command (`tftp HOST get FILE`).
 */

import type { Presets } from "./build.ts";
import type { Command, HelpCommand, PermissionsCommand, VersionCommand } from "./command.ts";
import { type CommandName, COMMANDS } from "./flag_table.ts";
import { FlagValues, sortWords } from "./flags.ts";
import { toServe } from "./parse_serve.ts";
import { type Intent, toGet, toPut } from "./parse_transfer.ts";
import { nearest } from "../runtime/suggest.ts";
import { parsePort, parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads the arguments of the program. `presets` are flags of `tftp serve` that hold where the
 * arguments give no others.
 *
 * @throws {UsageError} when they mean nothing; its last line names the help to read.
 */
export function parseCommand(args: readonly string[], presets: Presets = {}): Command {
  const asked = askedForHelp(args);
  if (asked !== undefined) return asked;
  try {
    const words = sortWords(args);
    const intent = findIntent(words.operands);
    if (intent.command === "serve") return toServe(intent.operands, words.given, presets);
    const values = new FlagValues(words.given, intent.command);
    return intent.command === "get" ? toGet(intent, values) : toPut(intent, values);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof SyntaxError)) throw error;
    const topic = topicOf(args);
    throw new UsageError(`${error.message}\nSee: tftp ${topic ? `${topic} ` : ""}--help`);
  }
}

/** Help and the like win over anything that is wrong with the rest of the line. */
function askedForHelp(
  args: readonly string[],
): HelpCommand | VersionCommand | PermissionsCommand | undefined {
  const end = args.indexOf("--");
  const words = end < 0 ? args : args.slice(0, end);
  if (words[0] === "help" || words.includes("--help") || words.includes("-h")) {
    return { kind: "help", topic: topicOf(words) };
  }
  if (words.includes("--version") || words.includes("-V")) return { kind: "version" };
  return words.includes("--permissions") ? { kind: "permissions" } : undefined;
}

function topicOf(args: readonly string[]): CommandName | undefined {
  const word = args.find((arg) => commandOf(arg) !== undefined);
  return word === undefined ? undefined : commandOf(word);
}

function commandOf(word: string | undefined): CommandName | undefined {
  if (word === "pull") return "get";
  if (word === "push") return "put";
  return COMMANDS.find((row) => row.name === word)?.name;
}

function findIntent(operands: readonly string[]): Intent {
  const [first, second, ...rest] = operands;
  if (first === undefined) throw new UsageError("no command given: get, put or serve");
  const command = commandOf(first);
  if (first === "pull" || first === "push") return fileFirst(first, operands.slice(1));
  if (command !== undefined) return { command, operands: operands.slice(1) };
  if (second === "get" || second === "put") {
    if (rest.length > 1) {
      throw new UsageError(
        `only one FILE after HOST ${second}; write: tftp ${second} HOST FILE...`,
      );
    }
    return { command: second, operands: rest, target: parseTarget(first) };
  }
  const close = nearest(first, COMMANDS.map((row) => row.name));
  const hint = close === undefined ? "" : `; did you mean ${close}?`;
  throw new UsageError(`"${first}" is not a command${hint}`);
}

/** `pull FILE [HOST] [PORT]`. */
function fileFirst(word: "pull" | "push", operands: readonly string[]): Intent {
  const [file, host = "127.0.0.1", port, extra] = operands;
  if (file === undefined) throw new UsageError(`no FILE given: tftp ${word} FILE [HOST] [PORT]`);
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many after ${word}`);
  const target = parseTarget(host);
  const command = word === "pull" ? "get" : "put";
  if (port === undefined) return { command, operands: [file], target };
  return { command, operands: [file], target: { ...target, port: parsePort(port) } };
}
