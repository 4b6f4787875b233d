/** Runs scenarios, judges them and tells what came of them. */

import { Ladder } from "../helpers/sim/ladder.ts";
import { blocksOf, judge } from "./oracle.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { World } from "./world.ts";

export interface Report {
  readonly scenario: Scenario;
  /** Breaches of safety and liveness. */
  readonly violations: readonly string[];
  /** Ends that sent more than there was cause for. */
  readonly excesses: readonly string[];
  /** How the client's transfer ended: `whole`, `noted`, or the name of its error. */
  readonly ending: string;
  readonly committed: boolean;
  /** From the request to the client's outcome. */
  readonly elapsedMs: number;
  readonly blocks: number;
  /** DATA packets sent by both ends, and everything else that they sent. */
  readonly data: number;
  readonly others: number;
  /** Packets that the client and the servers' transfers say they have sent again. */
  readonly retransmits: number;
  readonly transfersServed: number;
  readonly steps: number;
}

export function simulate(scenario: Scenario, ladder?: Ladder): Report {
  const world = new World(scenario, ladder);
  try {
    world.run();
    judge(world);
  } catch (error) {
    world.watch.violation("world", `threw ${(error as Error).stack}`);
  }
  const { client, ends, sinks, server, time, watch } = world;
  const sum = (of: (end: typeof ends[number]) => number) =>
    ends.reduce((total, end) => total + of(end), 0);
  const { outcome } = client;
  return {
    scenario,
    violations: watch.violations,
    excesses: watch.excesses,
    ending: outcome?.error?.name ?? (outcome?.note === undefined ? "whole" : "noted"),
    committed: sinks.some((sink) => sink.committed),
    elapsedMs: outcome?.atMs ?? Infinity,
    blocks: blocksOf(world),
    data: sum(({ counts }) => counts.data),
    others: sum(({ counts }) => counts.acks),
    retransmits: sum(({ settings }) => settings.machine.retransmits),
    transfersServed: server.ends.length,
    steps: time.steps,
  };
}

/** The transcript of a scenario. */
export function transcriptOf(scenario: Scenario): string {
  const ladder = new Ladder();
  simulate(scenario, ladder);
  return ladder.toString();
}

/** What to say of a run that broke the rules: first of all how to see it again. */
export function describeFailure(report: Report): string {
  const { scenario, violations, excesses } = report;
  return [
    `seed=${scenario.seed} replay: deno task sim --seed=${scenario.seed} --runs=1 --ladder`,
    ...[...violations, ...excesses].map((breach) => `  ${breach}`),
    `  scenario: ${JSON.stringify(scenario)}`,
  ].join("\n");
}

/** Runs seeds one after the other; stops early when `heed` says so. */
export function simulateSeeds(
  first: number,
  runs: number,
  heed: (report: Report) => boolean,
): void {
  for (let seed = first; seed < first + runs; seed++) {
    if (!heed(simulate(drawScenario(seed)))) return;
  }
}
