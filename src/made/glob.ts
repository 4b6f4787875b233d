/**
 * Patterns for names: `*` and `?` within a folder, `**` across folders, as in shells. Each piece of
 * a pattern is applied to all places that the pieces before it can reach, so that no name takes
 * long; a regular expression would try them one by one. Pure.
 */

/** Tests whether a name matches. The name has `/` between its parts and none at the start. */
export type Glob = (name: string, ignoreCase: boolean) => boolean;

/** A name, one code point each. */
type Characters = readonly string[];

/** Positions in a name, rising. */
type Places = readonly number[];

/** A piece of a pattern: where it can end if it begins at one of these places. */
type Piece = (name: Characters, from: Places, ignoreCase: boolean) => Places;

const isAny = () => true;
const isInName = (character: string) => character !== "/";

const WILDCARDS: Readonly<Record<string, Piece>> = {
  "**/": folders,
  "**": (name, from) => run(name, from, isAny),
  "*": (name, from) => run(name, from, isInName),
  "?": (name, from) => one(name, from, isInName),
};

/**
 * Parses a pattern. One without a `/` applies to the last part of a name, in any folder. Throws a
 * `SyntaxError` for an empty one.
 */
export function parseGlob(pattern: string): Glob {
  const text = pattern.replace(/^\/+/, "");
  if (text === "") throw new SyntaxError("a pattern is empty");
  const pieces = text.match(/\*\*\/|\*\*|./gsu)!.map((piece) => WILDCARDS[piece] ?? letter(piece));
  const inAnyFolder = !text.includes("/");
  return (name, ignoreCase) => {
    const characters = [...name];
    let places: Places = inAnyFolder ? beginnings(characters) : [0];
    for (const piece of pieces) places = piece(characters, places, ignoreCase);
    return places.at(-1) === characters.length;
  };
}

/** Where the parts of a name begin. */
function beginnings(name: Characters): Places {
  return [0, ...name.flatMap((character, place) => character === "/" ? [place + 1] : [])];
}

function letter(letter: string): Piece {
  const loose = new RegExp(`^${letter.replace(/[\\^$.|+()[\]{}]/, "\\$&")}$`, "iu");
  return (name, from, ignoreCase) =>
    one(name, from, (other) => other === letter || (ignoreCase && loose.test(other)));
}

/** One such character. */
function one(name: Characters, from: Places, belongs: (character: string) => boolean): Places {
  return from.filter((place) => place < name.length && belongs(name[place]!))
    .map((place) => place + 1);
}

/** Any number of such characters. */
function run(name: Characters, from: Places, belongs: (character: string) => boolean): Places {
  const all: number[] = [];
  let last = -1;
  for (const place of from) {
    // The places from here on are known already.
    if (place <= last) continue;
    all.push(last = place);
    while (last < name.length && belongs(name[last]!)) all.push(++last);
  }
  return all;
}

/** Any number of folders, each with the `/` behind it. */
function folders(name: Characters, from: Places): Places {
  const starts = new Set(from);
  const all: number[] = [];
  let isHere = false;
  let inFolder = false;
  for (let place = 0; place <= name.length; place++) {
    const before = name[place - 1];
    const ends: boolean = inFolder && before === "/";
    inFolder = (isHere || inFolder) && before !== "/";
    isHere = ends || starts.has(place);
    if (isHere) all.push(place);
  }
  return all;
}
