/**
 * `parseArgs` of `@std/cli`, for machines that cannot reach JSR: of its options those that this
 * project passes, and of its syntax the long flags that `src/cli/args/flags.ts` spells out.
 *
 * For these it follows `@std/cli`, oddities included, and everything else it refuses, so that a
 * command line never means one thing here and another there. (The parser of the same name in
 * node:util takes `--port -q` for a port called `-q`.) The cases are in
 * `tests/repo/offline_test.ts`.
 *
 * @module
 */

/** What the names on a command line mean. */
export interface ParseOptions {
  /** Names whose value stays text; `"_"` keeps number-like positionals text. */
  string?: readonly string[];
  /** Names that take no value. They are `false` when not given. */
  boolean?: readonly string[];
  /** Names whose values make a list. */
  collect?: readonly string[];
}

/** Values by name; `_` holds the positionals. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

type Value = string | number | boolean;

/**
 * Reads a command line.
 *
 * @throws {TypeError} For an option or a word that this stand-in does not know.
 */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const { string = [], boolean = [], collect = [], ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`offline/ does not know the option "${unknown}"`);

  const result = initialResult({ string, boolean, collect });
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const words = args.slice(0, end);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!/^-./s.test(word)) {
      result._.push(string.includes("_") ? word : numberIfLike(word));
      continue;
    }
    const { name, text } = splitFlag(word);
    const value = boolean.includes(name)
      ? booleanValue(text, words)
      : textValue(text, words) ?? (string.includes(name) ? "" : true);
    set(name, typeof value === "string" && !string.includes(name) ? numberIfLike(value) : value);
  }
  result._.push(...args.slice(end + 1));
  return result;

  function set(name: string, value: Value): void {
    if (!collect.includes(name)) result[name] = value;
    else result[name] = [...result[name] as Value[] ?? [], value];
  }
}

function initialResult({ string, boolean, collect }: Required<ParseOptions>): Args {
  const result: Args = { _: [] };
  for (const name of boolean) result[name] = false;
  for (const name of collect) {
    if (string.includes(name) || boolean.includes(name)) result[name] = [];
  }
  return result;
}

/** `--name` or `--name=text`. */
function splitFlag(word: string): { name: string; text: string | undefined } {
  // `@std/cli` reads the first as several flags, and takes the second for `--NAME=`.
  if (/^-[^-]|^--no-.*=/s.test(word)) throw new TypeError(`offline/ cannot read "${word}"`);
  const equals = word.indexOf("=", 3);
  if (equals < 0) return { name: word.slice(2), text: undefined };
  return { name: word.slice(2, equals), text: word.slice(equals + 1) };
}

/** A switch followed by the word "true" or "false" takes it for its value. */
function booleanValue(text: string | undefined, words: string[]): boolean {
  if (text !== undefined) return text !== "false";
  if (words[0] !== "true" && words[0] !== "false") return true;
  return words.shift() === "true";
}

/** What stands behind the equals sign, or the next word unless that is empty or a flag. */
function textValue(text: string | undefined, words: string[]): string | undefined {
  if (text !== undefined) return text;
  const next = words[0];
  return next && !next.startsWith("-") ? words.shift() : undefined;
}

function numberIfLike(text: string): string | number {
  return /\S/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}
