/**
 * Translates `get` and `put` as in tftp-hpa's shell and its `-c` to our own command line. With two
 * names, the second one is the name at the other end; with more, all are files, and the last name
 * of a `put` is a folder on the server. Pure.
 */

import { UsageError } from "./usage_error.ts";

export interface ShellTarget {
  readonly host: string;
  /** Left to the flags if undefined. */
  readonly port: number | undefined;
}

/**
 * Our own command line for `get FILE...` or `put FILE...`; undefined for any other command, and for
 * one without a file.
 */
export function transferWords(words: readonly string[], target: ShellTarget): string[] | undefined {
  const [command, ...names] = words;
  const [first, second] = names;
  if (first === undefined || (command !== "get" && command !== "put")) return undefined;
  const { host, port } = target;
  const head = [command, ...(port === undefined ? [] : [`--port=${port}`])];
  const to = ["--", host.includes(":") ? `[${host}]` : host];
  if (names.length === 2) {
    const flag = command === "get" ? "--output" : "--name";
    if (second === "") throw new UsageError("the name of the file is empty");
    return [...head, `${flag}=${second}`, ...to, first];
  }
  if (command === "get" || names.length === 1) return [...head, ...to, ...names];
  const folder = names.at(-1)!.replace(/\/*$/, "/");
  return [...head, `--name=${folder}`, ...to, ...names.slice(0, -1)];
}

/**
 * Splits a line of the shell into words. Blanks separate words; quotes keep blanks, and so does a
 * backslash before a blank, a quote or a backslash. Any other backslash is an ordinary character,
 * as in `Boot\BCD`.
 *
 * @throws {UsageError} for a quote that is not closed.
 */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!;
    if (quote !== "" && letter === quote) quote = "";
    else if (quote === "" && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= "";
    } else if (letter === "\\" && quote !== "'" && /[\s"'\\]/.test(line[at + 1] ?? "x")) {
      word = (word ?? "") + line[++at];
    } else if (quote === "" && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote !== "") throw new UsageError(`a quote ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
