import { assertEquals } from "@std/assert";
import { parseGlob } from "../../src/made/glob.ts";
import { Prng } from "../helpers/sim/prng.ts";

const PIECES = [
  "*",
  "?",
  "**",
  "**/",
  "/",
  "a",
  "b",
  "-",
  ".",
  "é",
  "ſ",
  "S",
  "\u{10400}",
  "+",
  "(",
];
const LETTERS = ["a", "A", "b", "-", ".", "/", "/", "É", "s", "\u{10400}", "+", "("];

/** What a pattern means, as a regular expression: simple, but some names take it minutes. */
function expressionOf(pattern: string, ignoreCase: boolean): RegExp {
  const text = pattern.replace(/^\/+/, "");
  const meanings: Record<string, string> = {
    "**/": "(?:[^/]+/)*",
    "**": ".*",
    "*": "[^/]*",
    "?": "[^/]",
  };
  const source = text.replaceAll(
    /\*\*\/|\*\*|\*|\?|[^*?]+/g,
    (piece) => meanings[piece] ?? piece.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&"),
  );
  const anywhere = text.includes("/") ? "" : "(?:.*/)?";
  return new RegExp(`^${anywhere}${source}$`, ignoreCase ? "siu" : "su");
}

Deno.test("parseGlob() does what a regular expression does, for random names", () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const prng = new Prng(seed);
  const text = (from: readonly string[], most: number) =>
    Array.from({ length: prng.int(0, most) }, () => prng.pick(from)).join("");
  let matching = 0;
  for (let tries = 0; tries < 4000; tries++) {
    const pattern = `${prng.pick(PIECES.filter((piece) => piece !== "/"))}${text(PIECES, 5)}`;
    const ignoreCase = prng.chance(0.5);
    const [glob, expression] = [parseGlob(pattern), expressionOf(pattern, ignoreCase)];
    for (let names = 0; names < 10; names++) {
      const name = text(LETTERS, 7);
      const expected = expression.test(name);
      assertEquals(glob(name, ignoreCase), expected, `seed ${seed}: "${pattern}" on "${name}"`);
      if (expected) matching++;
    }
  }
  assertEquals(matching > 1000, true, `seed ${seed}: ${matching} matches`);
});

/** Patterns, and names made to stall them. */
const STALLING: readonly [pattern: string, name: string][] = [
  ["*-*-*.ipxe", "-".repeat(4000)],
  ["*-*-*-*-*-*.IPXE", "-".repeat(4000)],
  ["**/*-*.cfg", "-/".repeat(2000)],
  ["**/**/**/**/a/*.cfg", "a/".repeat(2000)],
  ["**a**a**a**a?", "a/".repeat(2000)],
];

Deno.test("parseGlob() takes no longer for a name made to stall it", () => {
  for (const [pattern, name] of STALLING) {
    const glob = parseGlob(pattern);
    // The shortest of three: other programs use the machine too.
    const times = Array.from({ length: 3 }, () => {
      const begun = performance.now();
      assertEquals(glob(name, true), false, pattern);
      return performance.now() - begun;
    });
    assertEquals(Math.min(...times) < 100, true, `${pattern}: ${Math.min(...times)} ms`);
  }
});
