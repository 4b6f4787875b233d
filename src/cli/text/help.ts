/** The help texts: the tables of commands, flags and exit codes in 80 columns. Pure. */

import { EXIT_CODES } from "./exit_code.ts";
import type { FlagGroup } from "../args/flag_row.ts";
import {
  type CommandName,
  type CommandRow,
  COMMANDS,
  type Flag,
  FLAGS,
} from "../args/flag_table.ts";
import { SERVE_GROUPS } from "../args/serve_flags.ts";

const WIDTH = 80;
/** Column where explanations begin. */
const INDENT = 27;

/** The help of one command, or of the program. */
export function helpText(topic?: CommandName): string {
  const row = COMMANDS.find((candidate) => candidate.name === topic);
  return `${(row === undefined ? programHelp() : commandHelp(row)).join("\n")}\n`;
}

function programHelp(): string[] {
  return [
    "tftp: a TFTP client and server (RFC 1350, 2347, 2348, 2349, 7440)",
    "",
    "Usage:",
    ...COMMANDS.flatMap((row) => row.usage).map((line) => `  ${line}`),
    "",
    "Commands:",
    ...COMMANDS.map((row) => `  ${row.name.padEnd(13)}${row.summary}`),
    "",
    "  tftp COMMAND --help explains the options of a command.",
    "",
    "Other forms:",
    "  tftp pull FILE [HOST] [PORT]     same as get; default: 127.0.0.1, port 69",
    "  tftp push FILE [HOST] [PORT]     same as put",
    "  tftp HOST [-p PORT] get FILE     host first",
    "  tftp HOST [-p PORT] put FILE",
    "  tftp HOST [PORT] -c get FILE     as in tftp-hpa; put likewise",
    "",
    "Examples:",
    ...COMMANDS.flatMap((row) => row.examples.slice(0, 1)).map(example),
    "",
    ...exitCodes(),
  ];
}

function commandHelp(row: CommandRow): string[] {
  return [
    `tftp ${row.name}: ${row.summary}`,
    "",
    "Usage:",
    ...row.usage.map((line) => `  ${line}`),
    "",
    ...(row.notes ?? []).flatMap((note) => [...wrap(note, WIDTH), ""]),
    ...groupsOf(row.name).flatMap((
      { title, flags },
    ) => [`${title}:`, ...flags.flatMap(option), ""]),
    "Examples:",
    ...row.examples.map(example),
    "",
    ...exitCodes(),
  ];
}

/** The options of a command: those of `serve` in groups, those of others in one list. */
function groupsOf(command: CommandName): FlagGroup[] {
  const flags = (FLAGS as readonly Flag[]).filter((flag) => flag.commands.includes(command));
  if (command !== "serve") return [{ title: "Options", flags }];
  const grouped = new Set(SERVE_GROUPS.flatMap((group) => group.flags));
  return [
    ...SERVE_GROUPS,
    { title: "Other options", flags: flags.filter((flag) => !grouped.has(flag)) },
  ];
}

/** One flag: its names on the left, its explanation wrapped on the right. */
function option(flag: Flag): string[] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const left = `  ${short}--${flag.name}${valueOf(flag)}`;
  const lines = wrap(`${flag.help}${bounds(flag)}`, WIDTH - INDENT);
  if (left.length > INDENT - 2) return [left, ...lines.map(indented)];
  const [first = "", ...rest] = lines;
  return [left.padEnd(INDENT) + first, ...rest.map(indented)];
}

/** The value as it is written after the long name. */
export function valueOf({ value, bare }: Flag): string {
  if (value === undefined) return "";
  return bare === undefined ? ` ${value}` : `[=${value}]`;
}

/** The range and the default, unless the row's sentence has them. */
export function bounds({ takes, default: fixed, assumed }: Flag): string {
  const fallback = fixed ?? assumed;
  const parts: string[] = [];
  if (takes.kind === "integer" || takes.kind === "seconds") parts.push(`${takes.min}-${takes.max}`);
  if (fallback !== undefined) parts.push(`default ${fallback}`);
  return parts.length === 0 ? "" : ` [${parts.join(", ")}]`;
}

function exitCodes(): string[] {
  return [
    "Exit codes:",
    ...EXIT_CODES.map((row) => `  ${String(row.code).padStart(3)}  ${row.meaning}`),
  ];
}

function example([line, meaning]: readonly [string, string]): string {
  return `  ${line.padEnd(47)}  ${meaning}`.trimEnd();
}

function indented(line: string): string {
  return " ".repeat(INDENT) + line;
}

/** Wraps a text to so many columns, at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
