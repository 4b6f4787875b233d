/**
 * The command behind `deno task sim`:
 *
 *     --seed=N    the first seed (1)
 *     --runs=M    seeds to run (2000)
 *     --ladder    print the transcript of the first run
 *     --golden    print tests/simulation/golden_matrix.ts again instead
 *     --keep-going    report every failing seed instead of the first
 *
 * It needs no permission. Exit code 1 when a run broke the rules, 2 for a bad argument.
 */

import { formatMatrix, measureMatrix } from "./golden.ts";
import { drawScenario } from "./scenario.ts";
import { describeFailure, type Report, simulateSeeds, transcriptOf } from "./simulate.ts";

interface Arguments {
  seed: number;
  runs: number;
  ladder: boolean;
  golden: boolean;
  keepGoing: boolean;
}

function parse(args: readonly string[]): Arguments | undefined {
  const parsed = { seed: 1, runs: 2000, ladder: false, golden: false, keepGoing: false };
  for (const argument of args) {
    const [, name, value] = /^--(seed|runs)=(\d+)$/.exec(argument) ?? [];
    if (name === "seed" || name === "runs") parsed[name] = Number(value);
    else if (argument === "--ladder") parsed.ladder = true;
    else if (argument === "--golden") parsed.golden = true;
    else if (argument === "--keep-going") parsed.keepGoing = true;
    else return undefined;
  }
  return parsed;
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function run({ seed, runs, ladder, keepGoing }: Arguments): number {
  const endings = new Map<string, number>();
  let failures = 0;
  let steps = 0;
  const startedMs = performance.now();
  const heed = (report: Report) => {
    steps += report.steps;
    endings.set(report.ending, (endings.get(report.ending) ?? 0) + 1);
    if (report.violations.length + report.excesses.length === 0) return true;
    failures++;
    print(describeFailure(report));
    if (!keepGoing && !ladder) print(transcriptOf(report.scenario));
    return keepGoing;
  };
  simulateSeeds(seed, runs, heed);
  if (ladder) print(transcriptOf(drawScenario(seed)));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const tally = [...endings].sort(([, a], [, b]) => b - a).map(([name, n]) => `${n} ${name}`);
  print(`seeds ${seed} to ${seed + runs - 1}: ${failures} failed; ${tally.join(", ")}`);
  print(`${steps} events in ${seconds} s`);
  return failures > 0 ? 1 : 0;
}

if (import.meta.main) {
  const args = parse(Deno.args);
  if (!args) {
    print("Usage: deno task sim [--seed=N] [--runs=M] [--ladder] [--keep-going] [--golden]");
    Deno.exitCode = 2;
  } else if (args.golden) {
    print(formatMatrix(measureMatrix()).trimEnd());
  } else {
    Deno.exitCode = run(args);
  }
}
