/**
 * From words to checked flag values: strict, and pure.
 *
 * `parseArgs` is lenient: it takes a following `true` for a switch's value, splits `-ofile` into
 * five switches, and accepts a missing value as an empty one and `--name=` as a flag called
 * `name=`. For a program that may overwrite files, each of these must be an error or mean what
 * getopt users expect. So the words are first written out by the table (every flag long, every
 * value joined to its flag, operands after `--`), and `parseArgs` gets a line that it can't
 * misread. The row of a flag decides which values are valid, once the command is known.
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "./usage_error.ts";
import type { Presets } from "./build.ts";
import { type CommandName, type Flag, type FlagKind, type FlagName, FLAGS } from "./flag_table.ts";
import { nearest } from "../../files/suggest.ts";

const ROWS: readonly Flag[] = FLAGS;

/** The words of a command line, sorted but not yet checked for a command. */
export interface Words {
  readonly operands: readonly string[];
  /** Values of every flag on the line, in order; a switch has `"true"`. */
  readonly given: ReadonlyMap<string, readonly string[]>;
}

/**
 * Sorts a command line into operands and flags.
 *
 * @throws {UsageError} for a flag that is not in the table, a value that is missing, or a value
 * given to a switch.
 */
export function sortWords(args: readonly string[]): Words {
  const { flags, operands } = spellOut(args);
  // `parseArgs` looks at every name that it is told of, so it gets only those on this line.
  const names = new Set(flags.map(nameIn));
  const rows = ROWS.filter((row) => names.has(row.name));
  const withValue = rows.filter((row) => row.takes.kind !== "switch").map((row) => row.name);
  const parsed: Readonly<Record<string, unknown>> = parseArgs([...flags, "--", ...operands], {
    boolean: rows.filter((row) => row.takes.kind === "switch").map((row) => row.name),
    string: ["_", ...withValue],
    collect: withValue,
  });
  const given = new Map<string, string[]>();
  for (const { name } of rows) {
    const value = parsed[name];
    given.set(name, Array.isArray(value) ? value.map(String) : [String(value)]);
  }
  return { operands: (parsed["_"] as readonly unknown[]).map(String), given };
}

/**
 * Writes a command line out: every flag long, with its value joined, apart from the operands.
 *
 * @throws {UsageError} for a flag that is not in the table, or a value that is missing.
 */
export function spellOut(args: readonly string[]): { flags: string[]; operands: string[] } {
  const flags: string[] = [];
  const operands: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      operands.push(...rest);
      break;
    }
    if (word.startsWith("--")) flags.push(spellLong(word, rest));
    else if (word.startsWith("-") && word !== "-") flags.push(...spellShort(word, rest));
    else operands.push(word);
  }
  return { flags, operands };
}

/** The name of a flag that was written out. */
function nameIn(flag: string): string {
  return flag.slice(2).split("=", 1)[0]!;
}

function spellLong(word: string, rest: string[]): string {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const row = ROWS.find((candidate) => candidate.name === name);
  if (row === undefined) throw unknownFlag(`--${name}`);
  if (row.takes.kind === "switch") {
    if (equals >= 0) throw new UsageError(`${spelling(row)} takes no value`);
    return word;
  }
  const value = equals >= 0 ? word.slice(equals + 1) : row.bare ?? nextValue(row, rest);
  if (value === "") throw missingValue(row);
  return `--${name}=${value}`;
}

/** `-qv`, `-p 69`, `-p69`, `-p=69`: letters up to the first one that takes a value. */
function spellShort(word: string, rest: string[]): string[] {
  const flags: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at];
    const row = ROWS.find((candidate) => candidate.short === letter);
    if (row === undefined) throw unknownFlag(at === 1 ? word : `-${letter}`);
    if (row.takes.kind === "switch") {
      flags.push(`--${row.name}`);
      continue;
    }
    const attached = word.slice(at + 1).replace(/^=/, "");
    const bare = at + 1 === word.length;
    if (!bare && attached === "") throw missingValue(row);
    flags.push(`--${row.name}=${bare ? nextValue(row, rest) : attached}`);
    break;
  }
  return flags;
}

/** A word that looks like a flag is not a value: in `-o -v` the path is missing. */
function nextValue(row: Flag, rest: string[]): string {
  const next = rest[0];
  if (next === undefined || next === "" || (next.startsWith("-") && next !== "-")) {
    throw missingValue(row);
  }
  rest.shift();
  return next;
}

/**
 * The values of one command's flags, each checked against its row. A flag that is not on the line
 * has its preset value, or else its default.
 */
export class FlagValues {
  readonly #values = new Map<string, readonly string[]>();
  readonly #given: ReadonlyMap<string, readonly string[]>;

  /** @throws {UsageError} for a flag of another command, or a value its row does not allow. */
  constructor(
    given: ReadonlyMap<string, readonly string[]>,
    command: CommandName,
    presets: Presets = {},
  ) {
    this.#given = given;
    for (const row of ROWS.filter((row) => row.commands.includes(command))) {
      const fallback = presets[row.name] ?? (row.default === undefined ? [] : [row.default]);
      const texts = given.get(row.name) ?? fallback;
      this.#values.set(row.name, texts.map((text) => check(row, text)));
    }
    for (const name of given.keys()) {
      if (!this.#values.has(name)) throw foreignFlag(name, command);
    }
  }

  /** Whether the user gave this flag. */
  given(name: FlagName): boolean {
    return this.#given.has(name);
  }

  on(name: FlagName): boolean {
    return this.text(name) === "true";
  }

  /** The last value counts, so that a later flag can override that of a script. */
  text(name: FlagName): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  texts(name: FlagName): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  number(name: FlagName): number | undefined {
    const text = this.text(name);
    return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text);
  }
}

function check(row: Flag, text: string): string {
  const { takes } = row;
  if (takes.kind === "switch" || takes.kind === "text") return text;
  if (takes.kind === "choice") {
    const word = text.toLowerCase();
    const choice = takes.aliases?.[word] ?? word;
    if (takes.choices.includes(choice)) return choice;
  } else if (takes.kind === "size") {
    const bytes = sizeInBytes(text);
    if (bytes !== undefined) return String(bytes);
  } else if (takes.kind === "integer" && takes.words?.includes(text.toLowerCase())) {
    return text.toLowerCase();
  } else {
    const form = takes.kind === "integer" ? /^\d{1,9}$/ : /^(?:\d{1,9})?(?:\.\d{1,3})?$/;
    if (text !== "" && form.test(text) && Number(text) >= takes.min && Number(text) <= takes.max) {
      return text;
    }
  }
  throw new UsageError(`${spelling(row)} needs ${wanted(takes)}, not "${text}"`);
}

/** `64k` and `64kB` are 64,000 bytes, `64Ki` and `64KiB` 65,536. */
function sizeInBytes(text: string): number | undefined {
  const found = /^(\d{1,12})(?:([kmgt])(i?)b?|b?)(?:\/s)?$/i.exec(text);
  if (!found) return undefined;
  const [, digits, unit = "", binary] = found;
  const power = unit === "" ? 0 : "kmgt".indexOf(unit.toLowerCase()) + 1;
  const bytes = Number(digits) * (binary ? 1024 : 1000) ** power;
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A flag with both names: `-b/--blksize`. */
export function spelling(flag: Flag): string {
  return flag.short === undefined ? `--${flag.name}` : `-${flag.short}/--${flag.name}`;
}

/** The valid values of a flag, in words. */
function wanted(takes: FlagKind): string {
  switch (takes.kind) {
    case "integer":
      return `a whole number from ${takes.min} to ${takes.max}` +
        (takes.words ?? []).map((word) => ` or ${word}`).join("");
    case "seconds":
      return `seconds from ${takes.min} to ${takes.max}`;
    case "size":
      return "a size such as 1500, 64k, 10M or 2GiB";
    case "choice":
      return `one of ${takes.choices.join(", ")}`;
    default:
      return "a value";
  }
}

function missingValue(row: Flag): UsageError {
  const range = row.takes.kind === "text" ? `${row.value ?? "a value"}` : wanted(row.takes);
  const dash = row.takes.kind === "text"
    ? ` (write --${row.name}=VALUE for one that begins with a dash)`
    : "";
  return new UsageError(`${spelling(row)} needs ${range} after it${dash}`);
}

function unknownFlag(word: string): UsageError {
  const close = nearest(word.replace(/^-+/, ""), ROWS.map((row) => row.name));
  const hint = close === undefined ? "" : `; did you mean --${close}?`;
  return new UsageError(`unknown flag ${word}${hint}`);
}

function foreignFlag(name: string, command: CommandName): UsageError {
  const rows = ROWS.filter((row) => row.name === name);
  const owners = enumerated(rows.flatMap((row) => row.commands));
  const known = rows[0] === undefined ? `--${name}` : spelling(rows[0]);
  return new UsageError(`${known} belongs to ${owners}, not to ${command}`);
}

/** `get, put and shell`. */
function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
