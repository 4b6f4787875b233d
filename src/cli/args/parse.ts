/**
 * Parses a command line: everything is checked here that can be checked without opening a file or a
 * socket.
 *
 * Three habits of other programs are understood, too: `pull` and `push` (FILE first, then HOST and
 * PORT), the host before the command (`tftp HOST get FILE`), and tftp-hpa's
 * `tftp HOST [PORT] -c get FILE`. A host alone opens the shell.
 */

import type { Presets } from "./build.ts";
import type {
  Command,
  CompletionsCommand,
  HelpCommand,
  PermissionsCommand,
  ShellCommand,
  VersionCommand,
} from "./command.ts";
import { ALIASES, type CommandName, COMMANDS } from "./flag_table.ts";
import { FlagValues, sortWords, spellOut, type Words } from "./flags.ts";
import { toDoctor } from "./parse_doctor.ts";
import { toServe } from "./parse_serve.ts";
import { toStatus } from "./parse_http.ts";
import { toSettings } from "./parse_settings.ts";
import { type Intent, toGet, toPut } from "./parse_transfer.ts";
import { transferWords } from "./shell_words.ts";
import { nearest } from "../../files/suggest.ts";
import { parsePort, parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Parses the arguments of the program. `presets` are defaults for the flags of `tftp serve`.
 *
 * @throws {UsageError} for invalid arguments; its last line names the help to read.
 */
export function parseCommand(args: readonly string[], presets: Presets = {}): Command {
  const asked = askedForHelp(args);
  if (asked !== undefined) return asked;
  try {
    const words = sortWords(afterC(args));
    const intent = findIntent(words.operands);
    if (intent.command === "serve") return toServe(intent.operands, words.given, presets);
    if (intent.command === "doctor") return toDoctor(intent.operands, words.given, presets);
    return toCommand(intent, words);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof SyntaxError)) throw error;
    const topic = topicOf(args);
    throw new UsageError(`${error.message}\nSee: tftp ${topic ? `${topic} ` : ""}--help`);
  }
}

function toCommand(intent: Intent, { given }: Words): Command {
  const values = new FlagValues(given, intent.command);
  switch (intent.command) {
    case "get":
      return toGet(intent, values);
    case "put":
      return toPut(intent, values);
    case "status":
      return toStatus(intent.operands, values);
    case "shell":
      return toShell(intent, values, given);
    case "completions":
      return toCompletions(intent);
    default:
      if (intent.operands.length > 0) throw new UsageError("man takes no argument");
      return { kind: "man" };
  }
}

/** Rewrites tftp-hpa's order, `HOST [PORT] -c get FILE [LOCAL]`, to ours. */
function afterC(args: readonly string[]): readonly string[] {
  const at = args.indexOf("-c");
  const end = args.indexOf("--");
  // To a server, -c names a configuration.
  const serves = args.includes("serve") || args.includes("--serve");
  if (at < 0 || (end >= 0 && end < at) || serves) return args;
  const { flags, operands } = spellOut(args.slice(0, at));
  const [host, port, extra] = operands;
  if (host === undefined) throw new UsageError("-c needs a HOST in front: tftp HOST -c get FILE");
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many before -c`);
  const target = parseTarget(host);
  const words = transferWords(args.slice(at + 1), {
    host: target.host,
    port: port === undefined ? target.port : parsePort(port),
  });
  if (words === undefined) throw new UsageError("-c needs get or put, and a FILE");
  return [words[0]!, ...flags, ...words.slice(1)];
}

/** Help and the like work even if the rest of the line is wrong. */
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
  const alias = ALIASES.find(({ name }) => name === word);
  return alias?.of ?? COMMANDS.find((row) => row.name === word)?.name;
}

function findIntent(operands: readonly string[]): Intent {
  const [first, second, ...rest] = operands;
  if (first === undefined) throw new UsageError("missing command: get, put or serve");
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
  const close = probableCommand(first);
  const isAddress = /[.:]/.test(first);
  const mayBeHost = second === undefined || rest.length === 0 && /^\d+$/.test(second);
  if (mayBeHost && (close === undefined || isAddress)) {
    return { command: "shell", operands, impliedBy: first };
  }
  const hint = close === undefined ? "" : `; did you mean ${close}?`;
  const host = mayBeHost ? ` (A host of that name: tftp shell ${first})` : "";
  throw new UsageError(`"${first}" is not a command${hint}${host}`);
}

/** The command that was probably meant; version is a flag, but people try it as a command. */
function probableCommand(word: string): string | undefined {
  const names = [...ALIASES, ...COMMANDS].map(({ name }) => name);
  const close = nearest(word, [...names, "version"]);
  return close === "version" ? "--version" : close;
}

function toShell(
  { operands, impliedBy }: Intent,
  values: FlagValues,
  given: Words["given"],
): ShellCommand {
  const [text, portText, extra] = operands;
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one argument too many after HOST PORT`);
  }
  const { host, port } = text === undefined ? { host: undefined } : parseTarget(text);
  const flags = new Map<string, string>();
  for (const [name, texts] of given) if (name !== "port") flags.set(name, texts.at(-1)!);
  // Contradictions are reported now, and not at the first file.
  toSettings(values);
  return {
    kind: "shell",
    host,
    port: portText === undefined ? port ?? values.number("port") ?? 69 : parsePort(portText),
    flags,
    ...(impliedBy === undefined ? {} : { impliedBy }),
  };
}

function toCompletions({ operands }: Intent): CompletionsCommand {
  const [shell, extra] = operands;
  if (extra === undefined && (shell === "bash" || shell === "zsh" || shell === "fish")) {
    return { kind: "completions", shell };
  }
  throw new UsageError("completions needs the name of a shell: bash, zsh or fish");
}

/** `pull FILE [HOST] [PORT]`. */
function fileFirst(word: "pull" | "push", operands: readonly string[]): Intent {
  const [file, host = "127.0.0.1", port, extra] = operands;
  if (file === undefined) throw new UsageError(`missing FILE: tftp ${word} FILE [HOST] [PORT]`);
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one argument too many after ${word}`);
  }
  const target = parseTarget(host);
  const command = word === "pull" ? "get" : "put";
  if (port === undefined) return { command, operands: [file], target };
  return { command, operands: [file], target: { ...target, port: parsePort(port) } };
}
