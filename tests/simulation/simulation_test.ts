import { assertLess, fail } from "@std/assert";
import { describeFailure, type Report, simulateSeeds, transcriptOf } from "./simulate.ts";

const FIRST_SEED = 1;
const RUNS = 2000;

/**
 * Runs of these 2,000 in which an end may send more than there was cause for. Such echoes cost time
 * and datagrams, no bytes.
 */
const ECHOING_RUNS = 17;

Deno.test("2,000 random transfers keep the file whole, come to an end and are thrifty", () => {
  let broken: Report | undefined;
  const echoes: Report[] = [];
  simulateSeeds(FIRST_SEED, RUNS, (report) => {
    if (report.violations.length > 0) broken = report;
    if (report.excesses.length > 0) echoes.push(report);
    return broken === undefined;
  });
  if (broken) fail(`${describeFailure(broken)}\n${transcriptOf(broken.scenario)}\n`);
  const first = echoes[0];
  assertLess(echoes.length, ECHOING_RUNS + 1, first ? describeFailure(first) : "");
});

Deno.test("a seed repeats its run exactly", () => {
  const seen = new Map<number, string>();
  const look = (report: Report) => {
    const text = JSON.stringify(report);
    const before = seen.get(report.scenario.seed);
    if (before !== undefined && before !== text) fail(`${before}\n${text}`);
    seen.set(report.scenario.seed, text);
    return true;
  };
  simulateSeeds(1, 20, look);
  simulateSeeds(1, 20, look);
});
