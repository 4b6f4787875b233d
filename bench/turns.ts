/** The order of turns. */

/** A contender that has had so many turns, of so many seconds together, has no more of them. */
const ENOUGH_TURNS = 3;
const ENOUGH_SECONDS = 12;

/**
 * Gives each a turn in every round. Every second round is in reverse order, so that a machine that
 * becomes slower or faster over time favours nobody.
 */
export async function inRounds<Entry>(
  entries: readonly Entry[],
  rounds: number,
  takeTurn: (entry: Entry) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const entry of round % 2 === 0 ? entries : entries.toReversed()) await takeTurn(entry);
  }
}

/** Whether a slow contender has been measured long enough; `seconds` are those of its turns. */
export function hasHadEnough(seconds: readonly number[]): boolean {
  const spent = seconds.reduce((sum, each) => sum + each, 0);
  return seconds.length >= ENOUGH_TURNS && spent >= ENOUGH_SECONDS;
}
