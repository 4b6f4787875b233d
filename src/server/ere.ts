/**
 * Parses extended regular expressions of POSIX, as `egrep` and the map files of tftp-hpa use them,
 * into a tree. JavaScript's own expressions read some of the same text differently (`[[:alpha:]]`,
 * `\<`, a leading `*`) and prefer the first alternative where POSIX prefers the longest. Pure.
 */

import { extentOf, firstOf, type Leaf } from "./ere_extent.ts";

/** A set of characters, as a test of one. */
export type CharacterTest = (character: string) => boolean;

export type Node =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: "group"; readonly node: Node; readonly number: number }
  /** Matches an empty string between two characters; "" means the start or the end. */
  | { readonly kind: "between"; readonly test: (before: string, after: string) => boolean };

/** A tree, and what is known of it. */
export interface Expression {
  readonly node: Node;
  /** The number of its groups. */
  readonly groups: number;
  /** The most characters, from where a match begins, that decide whether there is one. */
  readonly extent: number;
  /** What every match begins with, if that is one leaf. */
  readonly first: Leaf | undefined;
}

/** The highest repeat count, as in regex(7). */
const MAX_REPEATS = 255;

/** The deepest nesting of groups. */
const MAX_DEPTH = 50;

/** Parses an expression. Throws `SyntaxError` that says what is wrong with it. */
export function parseEre(text: string, options: { ignoreCase: boolean }): Expression {
  const parser = new Parser(text, options.ignoreCase);
  const node = parser.whole();
  return { node, groups: parser.groups, extent: extentOf(node), first: firstOf(node) };
}

class Parser {
  groups = 0;
  readonly #text: string;
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.#ignoreCase = ignoreCase;
  }

  whole(): Node {
    return this.#choice();
  }

  #choice(): Node {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    const first = this.#text[this.#at] ?? "";
    if ("*+?".includes(first) && first !== "") {
      throw new SyntaxError(`"${first}" has nothing to repeat`);
    }
    while (this.#at < this.#text.length && !this.#sees("|")) {
      // A ")" without a "(" is an ordinary character.
      if (this.#sees(")") && this.#depth > 0) break;
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (;;) {
      if (this.#take("*")) node = { kind: "repeat", node, min: 0, max: Infinity };
      else if (this.#take("+")) node = { kind: "repeat", node, min: 1, max: Infinity };
      else if (this.#take("?")) node = { kind: "repeat", node, min: 0, max: 1 };
      else {
        const bounds = this.#bounds();
        if (!bounds) return node;
        node = { kind: "repeat", node, ...bounds };
      }
    }
  }

  /** `{3}`, `{3,}`, `{3,5}` or `{,5}`; any other brace is a character. */
  #bounds(): { min: number; max: number } | undefined {
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(this.#text.slice(this.#at));
    if (!found || (found[1] === "" && found[2] === "")) return undefined;
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === "" ? min : found[3] === "" ? Infinity : Number(found[3]);
    if (min > max || min > MAX_REPEATS || (max !== Infinity && max > MAX_REPEATS)) {
      throw new SyntaxError(`"${found[0]}" is not a repeat count from 0 to ${MAX_REPEATS}`);
    }
    return { min, max };
  }

  #atom(): Node {
    const character = this.#text[this.#at++]!;
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "character", test: remembering(this.#set()) };
      case ".":
        return { kind: "character", test: () => true };
      case "^":
        return { kind: "between", test: (before) => before === "" };
      case "$":
        return { kind: "between", test: (_, after) => after === "" };
      case "\\":
        return this.#escape();
    }
    return this.#literal(character);
  }

  #group(): Node {
    if (++this.#depth > MAX_DEPTH) {
      throw new SyntaxError(`more than ${MAX_DEPTH} nested "("`);
    }
    const number = ++this.groups;
    const node = this.#choice();
    if (!this.#take(")")) throw new SyntaxError('"(" without ")"');
    this.#depth--;
    return { kind: "group", node, number };
  }

  #escape(): Node {
    const character = this.#text[this.#at++];
    if (character === undefined) throw new SyntaxError("a backslash at the end");
    if (/[1-9]/.test(character)) {
      throw new SyntaxError(`"\\${character}": back-references are not supported in a regex`);
    }
    const classes = ESCAPED_SETS[character];
    if (classes) return { kind: "character", test: classes };
    const between = ESCAPED_PLACES[character];
    return between ? { kind: "between", test: between } : this.#literal(character);
  }

  #literal(character: string): Node {
    if (!this.#ignoreCase) return { kind: "character", test: (other) => other === character };
    return { kind: "character", test: remembering(this.#range(character, character)) };
  }

  /** A bracket expression, after its "[". */
  #set(): CharacterTest {
    const negated = this.#take("^");
    const tests: CharacterTest[] = [];
    for (let first = true;; first = false) {
      if (this.#at >= this.#text.length) throw new SyntaxError('"[" without "]"');
      if (!first && this.#take("]")) break;
      tests.push(this.#setItem());
    }
    const inside: CharacterTest = (character) => tests.some((test) => test(character));
    return negated ? (character) => !inside(character) : inside;
  }

  #setItem(): CharacterTest {
    const named = /^\[:(\w*):\]/.exec(this.#text.slice(this.#at));
    if (named) {
      this.#at += named[0].length;
      const test = NAMED_SETS[named[1]!];
      if (!test) throw new SyntaxError(`"${named[0]}" is not a character class`);
      const anyCase = this.#ignoreCase && /^(upper|lower)$/.test(named[1]!);
      return anyCase ? NAMED_SETS["alpha"]! : test;
    }
    const from = this.#setCharacter();
    const next = this.#text[this.#at + 1];
    if (!this.#sees("-") || next === "]" || next === undefined) return this.#range(from, from);
    this.#at++;
    const to = this.#setCharacter();
    if (to < from) throw new SyntaxError(`the range "${from}-${to}" is reversed`);
    return this.#range(from, to);
  }

  /** One character, or `[.x.]` and `[=x=]`, which mean the same here. */
  #setCharacter(): string {
    const wrapped = /^\[([.=])(.)\1\]/s.exec(this.#text.slice(this.#at));
    if (!wrapped) return this.#text[this.#at++]!;
    this.#at += wrapped[0].length;
    return wrapped[2]!;
  }

  #range(from: string, to: string): CharacterTest {
    const exact: CharacterTest = (character) => character >= from && character <= to;
    if (!this.#ignoreCase) return exact;
    return (character) => exact(character) || exact(lower(character)) || exact(upper(character));
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  #take(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#at++;
    return true;
  }
}

/** Changes ASCII letters only: names are bytes. */
export function lower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Changes ASCII letters only: names are bytes. */
export function upper(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** The same test, which asks once for each byte: sets of characters are slow. */
function remembering(test: CharacterTest): CharacterTest {
  const [yes, no] = [1, 2];
  const known = new Uint8Array(256);
  return (character) => {
    const code = character.charCodeAt(0);
    if (!(code < known.length)) return test(character);
    known[code] ||= test(character) ? yes : no;
    return known[code] === yes;
  };
}

function matching(pattern: RegExp): CharacterTest {
  return (character) => pattern.test(character);
}

const NAMED_SETS: Readonly<Record<string, CharacterTest>> = {
  alnum: matching(/[0-9A-Za-z]/),
  alpha: matching(/[A-Za-z]/),
  blank: matching(/[ \t]/),
  // deno-lint-ignore no-control-regex
  cntrl: matching(/[\x00-\x1f\x7f]/),
  digit: matching(/[0-9]/),
  graph: matching(/[!-~]/),
  lower: matching(/[a-z]/),
  print: matching(/[ -~]/),
  punct: matching(/[!-/:-@[-`{-~]/),
  space: matching(/[ \t\n\v\f\r]/),
  upper: matching(/[A-Z]/),
  xdigit: matching(/[0-9A-Fa-f]/),
};

const isWord = remembering(matching(/\w/));

const ESCAPED_SETS: Readonly<Record<string, CharacterTest>> = {
  w: isWord,
  W: (character) => !isWord(character),
  s: NAMED_SETS["space"]!,
  S: (character) => !NAMED_SETS["space"]!(character),
};

const ESCAPED_PLACES: Readonly<Record<string, (before: string, after: string) => boolean>> = {
  b: (before, after) => isWord(before) !== isWord(after),
  B: (before, after) => isWord(before) === isWord(after),
  "<": (before, after) => !isWord(before) && isWord(after),
  ">": (before, after) => isWord(before) && !isWord(after),
  "`": (before) => before === "",
  "'": (_, after) => after === "",
};
