/** The manual page, made from the same tables as the help. Pure: it produces roff for man(7). */

import { EXIT_CODES } from "./exit_code.ts";
import { type CommandName, COMMANDS, type Flag, FLAGS } from "../args/flag_table.ts";
import { bounds, valueOf, wrap } from "./help.ts";
import { helpLines } from "../commands/shell_state.ts";

/** When the text of the page was last reviewed. */
const DATE = "2026-11-21";

/** The page of this version of the program. */
export function manPage(version: string): string {
  return [
    `.TH TFTP 1 ${DATE} "tftp ${version}" "User Commands"`,
    ".SH NAME",
    "tftp \\- TFTP client and server",
    ".SH SYNOPSIS",
    ...COMMANDS.flatMap(({ usage }) => usage).flatMap((line, at) => [
      ...(at === 0 ? [] : [".br"]),
      roff(line).replace(/^tftp( \w+)?/, (words) => `\\fB${words}\\fR`),
    ]),
    ".SH DESCRIPTION",
    ...paragraph(
      "tftp moves files by the Trivial File Transfer Protocol (RFC 1350), with options (RFC " +
        "2347, 2348, 2349) and windows of several blocks (RFC 7440). A file gets its name only " +
        "when it is complete. If a server does not support options, tftp asks again without them.",
    ),
    ".SH COMMANDS",
    ...COMMANDS.flatMap((
      { name, summary, notes = [] },
    ) => [
      ".TP",
      `.B ${name}`,
      ...paragraph([`${capital(summary)}.`, ...notes].join(" ")),
    ]),
    ...COMMANDS.filter(({ name }) => flagsOf(name).length > 2).flatMap(({ name }) => [
      `.SH "OPTIONS OF ${name.toUpperCase()}"`,
      ...flagsOf(name).flatMap(option),
    ]),
    ".SH SHELL",
    ...paragraph("A host without a command opens a shell that reads these commands:"),
    ".PP",
    ".nf",
    ...helpLines().map((line) => roff(line.trimEnd())),
    ".fi",
    ".SH EXAMPLES",
    ...COMMANDS.flatMap(({ examples }) => examples).flatMap(([line, meaning]) => [
      ".TP",
      `.B ${roff(line)}`,
      ...paragraph(`${capital(meaning)}.`),
    ]),
    '.SH "EXIT STATUS"',
    ...EXIT_CODES.flatMap((
      { code, meaning },
    ) => [".TP", `.B ${code}`, ...paragraph(`${capital(meaning)}.`)]),
    ".SH NOTES",
    ...paragraph(
      "TFTP has neither passwords nor encryption: anybody who can reach a server can read " +
        "what it serves.",
    ),
    "",
  ].join("\n");
}

function option(flag: Flag): string[] {
  const value = roff(valueOf(flag));
  const long = `\\fB\\-\\-${roff(flag.name)}\\fR${value}`;
  const head = flag.short === undefined ? long : `\\fB\\-${flag.short}\\fR, ${long}`;
  return [".TP", head, ...paragraph(`${flag.help}${bounds(flag)}`)];
}

function flagsOf(command: CommandName): readonly Flag[] {
  return (FLAGS as readonly Flag[]).filter((row) => row.commands.includes(command));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Lines short enough to read the source. */
function paragraph(text: string): string[] {
  return wrap(text, 70).map(roff);
}

/** Escapes text for roff: nothing in it is a request, a hyphen is a hyphen. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("~", "\\(ti")
    .replace(/^([.'])/, "\\&$1");
}
