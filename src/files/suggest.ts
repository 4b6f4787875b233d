/** "Did you mean": finds the nearest of the known words. Its cost has a bound. */

/** Longer words have no suggestion: no name on a disk is longer. */
export const MAX_WORD_LENGTH = 255;

/**
 * Pairs of letters compared for one suggestion, which take about 2 ms; no suggestion after that. A
 * client that asks for nonsense must not keep a server busy, and 3000 names of 235 letters took
 * seconds.
 */
export const MAX_CELLS = 200_000;

/** What may still be compared. */
export interface Budget {
  cells: number;
}

/**
 * The candidate that is fewest edits away (insert, delete, replace, swap of neighbours), or
 * undefined when none is close, or when the budget is spent.
 */
export function nearest(
  word: string,
  candidates: readonly string[],
  budget: Budget = { cells: MAX_CELLS },
): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted.length > MAX_WORD_LENGTH) return undefined;
  let best: string | undefined;
  let limit = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const prefix = wanted.length > 2 && candidate.startsWith(wanted);
    const cost = prefix ? 1 : edits(wanted, candidate, limit, budget);
    if (budget.cells < 0) return undefined;
    if (cost > limit) continue;
    best = candidate;
    // The next one must be nearer.
    limit = cost - 1;
    if (limit < 0) break;
  }
  return best;
}

/** Rows of the table of edits: the last three, for words up to the longest that are compared. */
const ROW_LENGTH = 2 * MAX_WORD_LENGTH;
const rows = [0, 1, 2].map(() => new Uint16Array(ROW_LENGTH)) as [
  Uint16Array,
  Uint16Array,
  Uint16Array,
];

/**
 * The number of edits, or a greater number than the limit once it is certain to be exceeded. With
 * at most `limit` edits, no letter moves further than that, so only a band of the table is needed.
 */
function edits(left: string, right: string, limit: number, budget: Budget): number {
  const tooMany = limit + 1;
  if (Math.abs(left.length - right.length) > limit) return tooMany;
  let [before, last, next] = rows;
  const end = Math.min(right.length, limit + 1);
  for (let col = 0; col <= end; col++) last[col] = col;
  let lastLeast = 0;
  for (let row = 1; row <= left.length; row++) {
    const first = Math.max(1, row - limit);
    const final = Math.min(right.length, row + limit);
    budget.cells -= final - first + 1;
    if (budget.cells < 0) return tooMany;
    next[first - 1] = first === 1 ? row : tooMany;
    const least = fillRow({ left, right, row, first, final }, before, last, next);
    // A cell beside the band is one that is too far away.
    if (final < right.length) next[final + 1] = tooMany;
    // A swap starts two rows above.
    if (least > limit && lastLeast > limit) return tooMany;
    lastLeast = least;
    [before, last, next] = [last, next, before];
  }
  return last[right.length]!;
}

/** A row of two words, and the columns of its band. */
interface Row {
  readonly left: string;
  readonly right: string;
  readonly row: number;
  readonly first: number;
  readonly final: number;
}

/** Fills a row of the table from the two above it; returns the least number in it. */
function fillRow(
  { left, right, row, first, final }: Row,
  before: Uint16Array,
  last: Uint16Array,
  next: Uint16Array,
): number {
  const letter = left.charCodeAt(row - 1);
  const letterBefore = row > 1 ? left.charCodeAt(row - 2) : -1;
  let least = next[first - 1]!;
  let otherBefore = first > 1 ? right.charCodeAt(first - 2) : -1;
  for (let col = first; col <= final; col++) {
    const other = right.charCodeAt(col - 1);
    let cost = Math.min(
      next[col - 1]! + 1,
      last[col]! + 1,
      last[col - 1]! + (letter === other ? 0 : 1),
    );
    if (letter === otherBefore && letterBefore === other) {
      cost = Math.min(cost, before[col - 2]! + 1);
    }
    next[col] = cost;
    if (cost < least) least = cost;
    otherBefore = other;
  }
  return least;
}
