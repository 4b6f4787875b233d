/**
 * Finds where an expression matches a text: the leftmost match, and the longest of those, as POSIX
 * says. The ends that a part can reach from a position are computed once and stored. So the time is
 * bounded by the two lengths, and no name from a client can keep the server busy. Pure.
 */

import type { Expression, Node } from "./ere.ts";

/** Where a match and its groups begin and end; a group that took no part is absent. */
export type Match = readonly (Span | undefined)[];

type Span = readonly [start: number, end: number];

/** A match under construction. */
type Groups = (Span | undefined)[];

/** Matching needed more steps than {@linkcode Effort} allows. */
export class EffortError extends Error {
  override name = "EffortError";
}

/** How many steps one or several matches may take: a bound on their time. */
export class Effort {
  #left: number;

  /** A million steps take about a tenth of a second. */
  constructor(looks: number) {
    this.#left = looks;
  }

  /** Counts a step. Throws {@linkcode EffortError} when none is left. */
  spend(looks: number): void {
    this.#left -= looks;
    if (this.#left < 0) throw new EffortError("matching takes too long");
  }
}

/**
 * The leftmost longest match: index 0 is all of it, the groups follow. Throws
 * {@linkcode EffortError} when it takes too many steps.
 */
export function findMatch(
  { node, groups }: Expression,
  text: string,
  effort = new Effort(Infinity),
): Match | undefined {
  const matcher = new Matcher(text, effort);
  for (let start = 0; start <= text.length; start++) {
    const end = Math.max(...matcher.ends(node, start), -1);
    if (end < 0) continue;
    const match = Array<Span | undefined>(groups + 1).fill(undefined);
    match[0] = [start, end];
    matcher.assign(node, [start, end], match);
    return match;
  }
  return undefined;
}

class Matcher {
  readonly #text: string;
  readonly #known = new Map<Node, Map<number, ReadonlySet<number>>>();

  readonly #effort: Effort;

  constructor(text: string, effort: Effort) {
    this.#text = text;
    this.#effort = effort;
  }

  /** All positions where a match of this part that begins at `start` may end. */
  ends(node: Node, start: number): ReadonlySet<number> {
    let known = this.#known.get(node);
    if (!known) this.#known.set(node, known = new Map());
    let found = known.get(start);
    if (!found) {
      known.set(start, found = this.#find(node, start));
      this.#effort.spend(1 + found.size);
    }
    return found;
  }

  #find(node: Node, start: number): ReadonlySet<number> {
    switch (node.kind) {
      case "character": {
        const character = this.#text[start];
        return new Set(character !== undefined && node.test(character) ? [start + 1] : []);
      }
      case "between": {
        const before = this.#text[start - 1] ?? "";
        return new Set(node.test(before, this.#text[start] ?? "") ? [start] : []);
      }
      case "group":
        return this.ends(node.node, start);
      case "choice":
        return new Set(node.options.flatMap((option) => [...this.ends(option, start)]));
      case "sequence":
        return node.parts.reduce((from, part) => this.#step(part, from), new Set([start]));
      case "repeat":
        return this.#repeat(node.node, start, node);
    }
  }

  /** The positions after one more part, from any of these. */
  #step(node: Node, from: ReadonlySet<number>): Set<number> {
    const to = new Set<number>();
    for (const place of from) {
      const ends = this.ends(node, place);
      this.#effort.spend(1 + ends.size);
      for (const end of ends) to.add(end);
    }
    return to;
  }

  #repeat(node: Node, start: number, { min, max }: { min: number; max: number }): Set<number> {
    let front: ReadonlySet<number> = new Set([start]);
    for (let count = 0; count < min; count++) front = this.#step(node, front);
    const all = new Set(front);
    for (let count = min; count < max && front.size > 0; count++) {
      const fresh = [...this.#step(node, front)].filter((place) => !all.has(place));
      for (const place of fresh) all.add(place);
      front = new Set(fresh);
    }
    return all;
  }

  /** Stores what the groups of a part have matched, given the match of the part. */
  assign(node: Node, span: Span, match: Groups): void {
    switch (node.kind) {
      case "group":
        match[node.number] = span;
        this.assign(node.node, span, match);
        break;
      case "choice": {
        const taken = node.options.find((option) => this.ends(option, span[0]).has(span[1]));
        if (taken) this.assign(taken, span, match);
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
    // The positions where each part may begin so that the rest still reaches the end.
    const reachable: ReadonlySet<number>[] = [new Set([start])];
    for (const part of parts) reachable.push(this.#step(part, reachable.at(-1)!));
    const good: Set<number>[] = Array.from({ length: parts.length + 1 }, () => new Set());
    good[parts.length]!.add(end);
    for (let at = parts.length - 1; at >= 0; at--) {
      for (const place of reachable[at]!) {
        const onward = [...this.ends(parts[at]!, place)].some((next) => good[at + 1]!.has(next));
        if (onward) good[at]!.add(place);
      }
    }
    let place = start;
    parts.forEach((part, at) => {
      const next = Math.max(...[...this.ends(part, place)].filter((n) => good[at + 1]!.has(n)));
      this.assign(part, [place, next], match);
      place = next;
    });
  }

  /** A repeated group keeps its last match; each repeat is as long as the rest allows. */
  #assignRepeats(node: Node, [start, end]: Span, match: Groups): void {
    const good = this.#leadTo(end, start, node);
    let place = start;
    while (place < end) {
      let next = -1;
      for (const candidate of this.ends(node, place)) {
        if (candidate > place && good.has(candidate)) next = Math.max(next, candidate);
      }
      if (next < 0) return;
      this.assign(node, [place, next], match);
      place = next;
    }
    if (start === end && this.ends(node, start).has(start)) this.assign(node, [start, end], match);
  }

  /** The positions from `start` on from which repeats of a part reach `end`. */
  #leadTo(end: number, start: number, node: Node): Set<number> {
    const good = new Set([end]);
    for (let place = end - 1; place > start; place--) {
      const ends = this.ends(node, place);
      this.#effort.spend(1 + ends.size);
      for (const next of ends) {
        if (next <= place || !good.has(next)) continue;
        good.add(place);
        break;
      }
    }
    return good;
  }
}
