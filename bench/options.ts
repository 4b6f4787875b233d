/** The command line of the measurements. */

export interface Options {
  quick: boolean;
  list: boolean;
  /** The ids of the cells to measure; all when empty. */
  only: readonly string[];
  /** How often each contender has its turn. */
  rounds: number;
  /** An older checkout of this project, measured as one more contender. */
  beside?: string;
}

const ROUNDS = 5;
const QUICK_ROUNDS = 3;

/** Parses the arguments; throws a RangeError for an invalid one. */
export function parseOptions(args: readonly string[]): Options {
  const only: string[] = [];
  let quick = false;
  let list = false;
  let rounds: number | undefined;
  let beside: string | undefined;
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--quick") quick = true;
    else if (word === "--list") list = true;
    else if (word === "--only") {
      while (rest[0]?.startsWith("--") === false) only.push(rest.shift()!);
    } else if (word === "--rounds") rounds = Number(rest.shift());
    else if (word === "--beside") beside = rest.shift();
    else throw new RangeError(`"${word}" is no option: see bench/main.ts`);
  }
  if (rounds !== undefined && !(rounds >= 1)) throw new RangeError("--rounds wants a number");
  return {
    quick,
    list,
    only,
    rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS),
    ...(beside === undefined ? {} : { beside }),
  };
}
