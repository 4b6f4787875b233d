/** What the shape of an expression tells about its matches, so that a search can do less. Pure. */

import type { Node } from "./ere.ts";

/** An expression that reads exactly one character, or looks at one place. */
export type Leaf = Extract<Node, { kind: "character" | "between" }>;

/** The most characters, from where a match begins, that decide whether there is one. */
export function extentOf(node: Node): number {
  switch (node.kind) {
    case "character":
    case "between":
      return 1;
    case "group":
      return extentOf(node.node);
    case "choice":
      return Math.max(...node.options.map(extentOf));
    case "sequence":
      return node.parts.reduce((sum, part) => sum + extentOf(part), 0);
    case "repeat": {
      const one = extentOf(node.node);
      return one === 0 || node.max === 0 ? 0 : one * node.max;
    }
  }
}

/** What every match begins with, if that is one leaf. */
export function firstOf(node: Node): Leaf | undefined {
  switch (node.kind) {
    case "character":
    case "between":
      return node;
    case "group":
      return firstOf(node.node);
    case "choice":
      return undefined;
    case "sequence":
      return node.parts[0] && firstOf(node.parts[0]);
    case "repeat":
      return node.min > 0 ? firstOf(node.node) : undefined;
  }
}
