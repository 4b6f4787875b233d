/** "Did you mean": finds the nearest of the known words. */

/**
 * The candidate that is fewest edits away (insert, delete, replace, swap of neighbours), or
 * undefined when none is close.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestCost = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const prefix = wanted.length > 2 && candidate.startsWith(wanted);
    const cost = prefix ? 1 : edits(wanted, candidate);
    if (cost < bestCost || (cost === bestCost && best === undefined)) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

function edits(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row++) {
    const next = [row];
    for (let col = 1; col <= right.length; col++) {
      const same = left[row - 1] === right[col - 1];
      let cost = Math.min(
        (next[col - 1] ?? 0) + 1,
        (last[col] ?? 0) + 1,
        (last[col - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[col - 2] && left[row - 2] === right[col - 1];
      if (row > 1 && col > 1 && swapped) cost = Math.min(cost, (before[col - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = last;
    last = next;
  }
  return last[right.length] ?? 0;
}
