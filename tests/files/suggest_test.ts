import { assert, assertEquals } from "@std/assert";
import { MAX_CELLS, MAX_WORD_LENGTH, nearest } from "../../src/files/suggest.ts";
import { Prng } from "../helpers/sim/prng.ts";

const WORDS = ["output", "port", "windowsize", "help"];

Deno.test("nearest finds a word a few edits away", () => {
  assertEquals(nearest("prot", WORDS), "port");
  assertEquals(nearest("windowsise", WORDS), "windowsize");
  assertEquals(nearest("ouput", WORDS), "output");
  assertEquals(nearest("HELP", WORDS), "help");
});

Deno.test("nearest finds the word that was cut off", () => {
  assertEquals(nearest("win", WORDS), "windowsize");
});

Deno.test("nearest suggests nothing far-fetched", () => {
  assertEquals(nearest("zzz", WORDS), undefined);
  assertEquals(nearest("x", WORDS), undefined);
  assertEquals(nearest("", WORDS), undefined);
});

/** The number of edits, by the whole table. */
function editsOf(left: string, right: string): number {
  const table = Array.from({ length: left.length + 1 }, (_, row) => [row]);
  for (let col = 0; col <= right.length; col++) table[0]![col] = col;
  for (let row = 1; row <= left.length; row++) {
    for (let col = 1; col <= right.length; col++) {
      const replaced = left[row - 1] === right[col - 1] ? 0 : 1;
      const costs = [
        table[row]![col - 1]! + 1,
        table[row - 1]![col]! + 1,
        table[row - 1]![col - 1]! + replaced,
      ];
      const swapped = row > 1 && col > 1 && left[row - 1] === right[col - 2] &&
        left[row - 2] === right[col - 1];
      if (swapped) costs.push(table[row - 2]![col - 2]! + 1);
      table[row]![col] = Math.min(...costs);
    }
  }
  return table[left.length]![right.length]!;
}

Deno.test("nearest finds what the whole table of edits finds", () => {
  const random = new Prng(7);
  const word = (most: number) =>
    Array.from({ length: random.below(most) }, () => random.pick(["a", "b", "c"])).join("");
  const found = { one: 0, none: 0 };
  for (let run = 0; run < 4000; run++) {
    const wanted = word(14);
    const candidates = Array.from({ length: 1 + random.below(4) }, () => word(16));
    let best: string | undefined;
    let limit = Math.floor(wanted.length / 3) + 1;
    for (const candidate of candidates) {
      const prefix = wanted.length > 2 && candidate.startsWith(wanted);
      const cost = prefix ? 1 : editsOf(wanted, candidate);
      if (cost > limit) continue;
      best = candidate;
      limit = cost - 1;
    }
    if (best === undefined) found.none++;
    else found.one++;
    assertEquals(nearest(wanted, candidates), best, `${wanted}: ${candidates}`);
  }
  assert(found.one > 500 && found.none > 500, JSON.stringify(found));
});

Deno.test("nearest compares little, however many and long the words are", () => {
  const long = Array.from({ length: 3000 }, (_, at) => `${at}`.padStart(4, "0") + "ab".repeat(115));
  const budget = { cells: MAX_CELLS };
  const beganMs = performance.now();
  assertEquals(nearest("ba".repeat(117), long, budget), undefined);
  // The whole tables took three seconds.
  assert(performance.now() - beganMs < 500);
  assert(budget.cells < 0 && budget.cells > -MAX_WORD_LENGTH, `${budget.cells}`);
});

Deno.test("nearest compares only words of about the same length, and no very long one", () => {
  const budget = { cells: MAX_CELLS };
  assertEquals(nearest("output", ["ou", "outputoutput"], budget), "outputoutput");
  assertEquals(nearest("zzzzzz", ["zz", "zzzzzzzzz.png"], budget), "zzzzzzzzz.png");
  assertEquals(nearest("zzzzzz", ["z", "y".repeat(20)], budget), undefined);
  assertEquals(nearest("z".repeat(4000), ["z".repeat(4000)], budget), undefined);
  assertEquals(budget, { cells: MAX_CELLS });
});

Deno.test("nearest ends a comparison where no better word can come of it", () => {
  const budget = { cells: MAX_CELLS };
  assertEquals(nearest("a".repeat(200), ["b".repeat(200)], budget), undefined);
  assert(MAX_CELLS - budget.cells < 200 * 140, `${MAX_CELLS - budget.cells}`);
  // With one edit found, only none would be better: one letter of each row is compared.
  const words = ["b" + "a".repeat(199), ..."cdef".split("").map((end) => "a".repeat(199) + end)];
  assertEquals(nearest("a".repeat(200), words, budget), words[0]);
  assert(MAX_CELLS - budget.cells < 200 * (140 + 135 + 4 * 1), `${MAX_CELLS - budget.cells}`);
});
