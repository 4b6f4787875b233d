import { fail } from "@std/assert";
import { describeFailure, type Report, simulateSeeds, transcriptOf } from "./simulate.ts";

const FIRST_SEED = 1;
const RUNS = 5000;

Deno.test("5,000 random transfers keep the file whole, end, and send little twice", () => {
  let broken: Report | undefined;
  simulateSeeds(FIRST_SEED, RUNS, (report) => {
    if (report.violations.length + report.excesses.length > 0) broken = report;
    return broken === undefined;
  });
  if (broken) fail(`${describeFailure(broken)}\n${transcriptOf(broken.scenario)}\n`);
});

Deno.test("ends send little twice where they once sent much", () => {
  const seeds = [
    // No answer tells the round trip, and the peer acknowledges every block.
    ...[29960, 33336, 87361, 91907],
    // The second ACK of a window that came twice comes when it may report the next window.
    1548,
  ];
  for (const seed of seeds) {
    simulateSeeds(seed, 1, (report) => {
      if (report.violations.length + report.excesses.length > 0) fail(describeFailure(report));
      return true;
    });
  }
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
