/**
 * Finds where an expression matches a text: the leftmost match, and the longest of those, as POSIX
 * says. Each part is applied to a set of places at once, and each place is looked at once. So the
 * time is bounded by the two lengths, and no name from a client can keep the server busy. Pure.
 */

import type { CharacterTest, Expression, Node } from "./ere.ts";
import type { Leaf } from "./ere_extent.ts";

/** Where a match and its groups begin and end; a group that took no part is absent. */
export type Match = readonly (Span | undefined)[];

type Span = readonly [start: number, end: number];

/** A match under construction. */
type Groups = (Span | undefined)[];

/** Positions in a text, each once. */
type Places = readonly number[];

/** From the beginning of a match to its end, or back. */
type Direction = 1 | -1;

/** Up to this extent, trying each place takes less than going back from the end of the text. */
const SHORT = 16;

/** Places that are passed by in the time of one step. */
const PASSED_PER_STEP = 4;

/** Matching needed more steps than {@linkcode Effort} allows. */
export class EffortError extends Error {
  override name = "EffortError";
}

/** How many steps one or several matches may take: a bound on their time. */
export class Effort {
  #left: number;

  /** Ten thousand steps take about a millisecond. */
  constructor(looks: number) {
    this.#left = looks;
  }

  /** Counts steps. Throws {@linkcode EffortError} when too few are left. */
  spend(looks: number): void {
    this.#left -= looks;
    if (this.#left < 0) throw new EffortError("matching takes too long");
  }
}

/**
 * The leftmost longest match that begins at `from` or later: index 0 is all of it, the groups
 * follow. Throws {@linkcode EffortError} when it takes too many steps.
 */
export function findMatch(
  expression: Expression,
  text: string,
  { from = 0, effort = new Effort(Infinity) }: { from?: number; effort?: Effort } = {},
): Match | undefined {
  const matcher = new Matcher(text, effort);
  const whole = matcher.find(expression, from);
  return whole && matcher.groupsOf(expression, whole);
}

class Matcher {
  readonly #text: string;
  readonly #effort: Effort;

  /** Nothing to the left of it is read on the way back. */
  #low = 0;

  constructor(text: string, effort: Effort) {
    this.#text = text;
    this.#effort = effort;
  }

  /** The leftmost longest match that begins at `from` or later. */
  find({ node, first, extent }: Expression, from: number): Span | undefined {
    // One try answers most rules with a "^"; long matches from many places would take long.
    const tries = extent <= SHORT ? Infinity : first ? 1 : 0;
    let start = this.#next(first, from);
    for (let tried = 0; start <= this.#text.length; tried++) {
      if (tried >= tries) return this.#findBackwards(node, start);
      const ends = this.#ends(node, start);
      if (ends.length > 0) return [start, largest(ends)];
      start = this.#next(first, start + 1);
    }
    return undefined;
  }

  /** The first place from here on where a match may begin, or one after the end of the text. */
  #next(first: Leaf | undefined, from: number): number {
    let place = from;
    if (first) { while (place <= this.#text.length && !this.#holds(first, place)) place++; }
    this.#effort.spend((place - from) / PASSED_PER_STEP);
    return place;
  }

  /** Goes back from all places where a match may end: this takes one pass for all starts. */
  #findBackwards(node: Node, from: number): Span | undefined {
    const places = Array.from({ length: this.#text.length + 1 - from }, (_, at) => from + at);
    const starts = this.#apply(node, places, -1).filter((place) => place >= from);
    if (starts.length === 0) return undefined;
    const start = starts.reduce((least, place) => Math.min(least, place));
    return [start, largest(this.#ends(node, start))];
  }

  /** A match with its groups. */
  groupsOf({ node, groups }: Expression, whole: Span): Match {
    const match = Array<Span | undefined>(groups + 1).fill(undefined);
    match[0] = whole;
    this.#low = whole[0];
    if (groups > 0) this.#assign(node, whole, match);
    return match;
  }

  /** Stores what the groups of a part have matched, given the match of the part. */
  #assign(node: Node, span: Span, match: Groups): void {
    switch (node.kind) {
      case "group":
        match[node.number] = span;
        this.#assign(node.node, span, match);
        break;
      case "choice": {
        const taken = node.options.find((option) => this.#ends(option, span[0]).includes(span[1]));
        if (taken) this.#assign(taken, span, match);
        break;
      }
      case "sequence":
        this.#assignParts(node.parts, span, match);
        break;
      case "repeat":
        this.#assignRepeats(node.node, span, match);
        break;
    }
  }

  /** Each part as long as the following parts allow. */
  #assignParts(parts: readonly Node[], [start, end]: Span, match: Groups): void {
    // Where each part may end so that the rest still reaches the end.
    const good: Places[] = [];
    good[parts.length] = [end];
    for (let at = parts.length - 1; at > 0; at--) {
      const places = this.#apply(parts[at]!, good[at + 1]!, -1);
      good[at] = places.filter((place) => place >= start);
    }
    let place = start;
    parts.forEach((part, at) => {
      const allowed = new Set(good[at + 1]);
      const next = largest(this.#ends(part, place).filter((end) => allowed.has(end)));
      this.#assign(part, [place, next], match);
      place = next;
    });
  }

  /** A repeated group keeps its last match; each repeat is as long as the rest allows. */
  #assignRepeats(node: Node, [start, end]: Span, match: Groups): void {
    const back = this.#apply({ kind: "repeat", node, min: 0, max: Infinity }, [end], -1);
    const good = new Set(back);
    let place = start;
    while (place < end) {
      const next = largest(this.#ends(node, place).filter((end) => good.has(end)));
      if (next <= place) return;
      this.#assign(node, [place, next], match);
      place = next;
    }
    if (start === end && this.#ends(node, start).includes(start)) {
      this.#assign(node, [start, end], match);
    }
  }

  #ends(node: Node, start: number): Places {
    return this.#apply(node, [start], 1);
  }

  /** Where a match of the part may end that begins at one of these places, or the reverse. */
  #apply(node: Node, from: Places, direction: Direction): Places {
    if (from.length === 0) return from;
    this.#effort.spend(1 + from.length);
    switch (node.kind) {
      case "character":
        return from.filter((place) => this.#reads(node.test, place, direction))
          .map((place) => place + direction);
      case "between":
        return from.filter((place) => this.#holds(node, place));
      case "group":
        return this.#apply(node.node, from, direction);
      case "choice":
        return distinct(node.options.flatMap((option) => this.#apply(option, from, direction)));
      case "sequence": {
        const parts = direction > 0 ? node.parts : node.parts.toReversed();
        return parts.reduce((places, part) => this.#apply(part, places, direction), from);
      }
      case "repeat":
        return this.#repeat(node, from, direction);
    }
  }

  #repeat(
    { node, min, max }: { node: Node; min: number; max: number },
    from: Places,
    direction: Direction,
  ): Places {
    let front = from;
    for (let count = 0; count < min; count++) {
      const next = this.#apply(node, front, direction);
      if (isSame(next, front)) break;
      front = next;
    }
    if (node.kind === "character" && max === Infinity) {
      return this.#run(node.test, front, direction);
    }
    const all = new Set(front);
    for (let count = min; count < max && front.length > 0; count++) {
      front = this.#apply(node, front, direction).filter((place) => !all.has(place));
      for (const place of front) all.add(place);
    }
    return [...all];
  }

  /** Any number of such characters: the same as above, in fewer steps. */
  #run(test: CharacterTest, from: Places, direction: Direction): Places {
    const all: number[] = [];
    let last = -Infinity * direction;
    for (const place of from.toSorted((one, other) => (one - other) * direction)) {
      // The places from here on are known already.
      if ((place - last) * direction <= 0) continue;
      all.push(last = place);
      while (this.#reads(test, last, direction)) all.push(last += direction);
    }
    this.#effort.spend(all.length);
    return all;
  }

  #reads(test: CharacterTest, place: number, direction: Direction): boolean {
    const at = direction > 0 ? place : place - 1;
    return at >= this.#low && at < this.#text.length && test(this.#text[at]!);
  }

  #holds(leaf: Leaf, place: number): boolean {
    if (leaf.kind === "character") return this.#reads(leaf.test, place, 1);
    return leaf.test(this.#text[place - 1] ?? "", this.#text[place] ?? "");
  }
}

function largest(places: Places): number {
  return places.reduce((most, place) => Math.max(most, place), -1);
}

function distinct(places: Places): Places {
  return [...new Set(places)];
}

function isSame(places: Places, others: Places): boolean {
  return places.length === others.length && places.every((place, at) => place === others[at]);
}
