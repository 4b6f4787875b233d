/**
 * `parseArgs` of `@std/cli`, for machines that cannot reach JSR: the options this project
 * passes, and what comes back for them.
 *
 * node:util has a parser of the same name, but it reads other languages: `-mnetascii` as a
 * value where `@std/cli` sees nine flags, `--port -q` as a value where `@std/cli` sees none.
 * A command line must mean the same whichever parser is at work, so this one follows
 * `@std/cli`, oddities included. `tests/offline_test.ts` holds the cases that must agree.
 *
 * Left out: names with dots in them (nested results) and `boolean: true`.
 *
 * @module
 */

/** What the names on a command line mean. */
export interface ParseOptions {
  /** Names whose value stays text; `"_"` keeps number-like positionals text. */
  string?: string | readonly string[];
  /** Names that take no value. They are `false` when not given. */
  boolean?: string | readonly string[];
  /** Names that may be repeated; the values make a list, `[]` when not given. */
  collect?: string | readonly string[];
  /** Names that `--no-NAME` sets to `false`. */
  negatable?: string | readonly string[];
  /** Other spellings of a name. A value is set under each of them. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Values of names that are not given. */
  default?: Readonly<Record<string, unknown>>;
  /** Whether everything after the first positional is positional. */
  stopEarly?: boolean;
  /** Whether what follows `--` is kept apart, under `"--"`. */
  "--"?: boolean;
  /** Is told of each positional and each name not in these options; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by name; `_` holds the positionals. */
export type Args = Record<string, unknown> & { _: (string | number)[]; "--"?: string[] };

/** Reads a command line. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const reader = new Reader(args.slice(0, end), options);
  const result = reader.read();
  const rest = args.slice(end + 1);
  if (options["--"]) result["--"] = rest;
  else result._.push(...rest);
  return result;
}

type Value = string | number | boolean;

/** One pass over the arguments before `--`. */
class Reader {
  readonly #args: readonly string[];
  readonly #options: ParseOptions;
  readonly #aliases: Map<string, string[]>;
  readonly #strings: Set<string>;
  readonly #booleans: Set<string>;
  readonly #collected: Set<string>;
  readonly #negatable: Set<string>;
  readonly #result: Args = { _: [] };
  #next = 0;

  constructor(args: readonly string[], options: ParseOptions) {
    this.#args = args;
    this.#options = options;
    this.#aliases = aliasTable(options.alias ?? {});
    this.#strings = this.#withAliases(options.string);
    this.#booleans = this.#withAliases(options.boolean);
    this.#collected = this.#withAliases(options.collect);
    this.#negatable = this.#withAliases(options.negatable);
  }

  read(): Args {
    while (this.#next < this.#args.length) {
      const arg = this.#args[this.#next++]!;
      if (/^--./s.test(arg)) this.#readLong(arg);
      else if (/^-./s.test(arg)) this.#readCluster(arg);
      else this.#readPositional(arg);
    }
    this.#fillIn();
    return this.#result;
  }

  #withAliases(names: string | readonly string[] = []): Set<string> {
    const list = typeof names === "string" ? [names] : names;
    return new Set(list.flatMap((name) => [name, ...this.#aliases.get(name) ?? []]));
  }

  #readPositional(arg: string): void {
    if (this.#options.unknown?.(arg) !== false) {
      this.#result._.push(this.#strings.has("_") ? arg : numberIfLike(arg));
    }
    if (!this.#options.stopEarly) return;
    this.#result._.push(...this.#args.slice(this.#next));
    this.#next = this.#args.length;
  }

  /** `--name=value`, `--name value`, `--name`, `--no-name`. */
  #readLong(arg: string): void {
    const equals = arg.indexOf("=", 3);
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    const positive = name.replace(/^no-(?=.)/s, "");
    if (equals >= 0) {
      const text = arg.slice(equals + 1);
      this.#set(positive, this.#booleans.has(positive) ? text !== "false" : text, arg);
    } else if (positive !== name && this.#negatable.has(positive)) {
      this.#set(positive, false, arg, true);
    } else {
      const upcoming = this.#args[this.#next];
      this.#set(name, this.#takeValue(name, !upcoming?.startsWith("-")), arg);
    }
  }

  /** `-v`, `-46`, `-p69`, `-p 69`, `-p=69`. */
  #readCluster(arg: string): void {
    const letters = arg.slice(1);
    for (let i = 0; i < letters.length - 1; i++) {
      const letter = letters.charAt(i);
      const value = attachedValue(letters, i);
      if (value !== undefined) {
        this.#set(letter, value, arg);
        return;
      }
      const rest = letters.slice(i + 1);
      this.#set(letter, rest === "-" ? rest : this.#valueOfNone(letter), arg);
    }
    const last = letters.slice(-1);
    if (last === "-") return;
    const upcoming = this.#args[this.#next] ?? "";
    this.#set(last, this.#takeValue(last, !/^--?[^-]/.test(upcoming)), arg);
  }

  /** The next argument, if it is this flag's value; else what the flag means by itself. */
  #takeValue(name: string, mayBeValue: boolean): Value {
    const upcoming = this.#args[this.#next];
    if (!upcoming) return this.#valueOfNone(name);
    if (mayBeValue && !this.#booleans.has(name)) {
      this.#next++;
      return upcoming;
    }
    if (upcoming === "true" || upcoming === "false") {
      this.#next++;
      return upcoming === "true";
    }
    return this.#valueOfNone(name);
  }

  #valueOfNone(name: string): Value {
    return this.#strings.has(name) ? "" : true;
  }

  #set(name: string, value: Value, arg: string, alone = false): void {
    if (!this.#isKnown(name) && this.#options.unknown?.(arg, name, value) === false) return;
    const typed = this.#strings.has(name) || typeof value !== "string"
      ? value
      : numberIfLike(value);
    for (const key of [name, ...this.#aliases.get(name) ?? []]) {
      if (alone || !this.#collected.has(name)) this.#result[key] = typed;
      else this.#collect(key, typed);
    }
  }

  #isKnown(name: string): boolean {
    return [this.#strings, this.#booleans, this.#collected, this.#aliases]
      .some((names) => names.has(name));
  }

  #collect(key: string, value: Value): void {
    const values = this.#result[key];
    if (Array.isArray(values)) values.push(value);
    else this.#result[key] = values ? [values, value] : [value];
  }

  /** Gives the names that did not occur their defaults, `false` or `[]`. */
  #fillIn(): void {
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (Object.hasOwn(this.#result, name)) continue;
      for (const key of [name, ...this.#aliases.get(name) ?? []]) this.#result[key] = value;
    }
    for (const name of this.#booleans) {
      if (Object.hasOwn(this.#result, name)) continue;
      this.#result[name] = this.#collected.has(name) ? [] : false;
    }
    for (const name of this.#strings) {
      if (Object.hasOwn(this.#result, name) || !this.#collected.has(name)) continue;
      this.#result[name] = [];
    }
  }
}

/** Every spelling, with the other spellings of the same name. */
function aliasTable(alias: NonNullable<ParseOptions["alias"]>): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const [name, others] of Object.entries(alias)) {
    const spellings = [name, ...typeof others === "string" ? [others] : others];
    for (const spelling of spellings) {
      table.set(spelling, spellings.filter((other) => other !== spelling));
    }
  }
  return table;
}

/** What follows the letter at `i`, where that is its value and not another flag. */
function attachedValue(letters: string, i: number): string | undefined {
  const rest = letters.slice(i + 1);
  if (rest === "=") return "";
  if (/[A-Za-z]/.test(letters.charAt(i))) {
    const afterEquals = /=(.+)/.exec(rest);
    if (afterEquals) return afterEquals[1]!;
    if (/\d(\.\d*)?(e-?\d+)?$/.test(rest)) return rest;
  }
  return rest.length > 1 && /^\W/.test(rest) ? rest : undefined;
}

function numberIfLike(text: string): string | number {
  return /\S/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}
