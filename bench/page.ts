/** Results as tables, and the page that keeps them. */

import type { Bar, Results } from "./bars.ts";
import { type Figures, format, type Metric, METRICS } from "./figures.ts";
import { keptTable, verdictTable } from "./verdicts.ts";

/** A cell that has been measured. */
export interface Outcome {
  group: string;
  title: string;
  results: Results;
  /** The figure that an older checkout is compared by, where one takes part. */
  kept?: Metric;
  must: readonly Bar[];
  aim: readonly Bar[];
}

/** The program writes the page between these lines; people write the rest. */
const BEGIN = "<!-- figures: written by deno task bench -->";
const END = "<!-- end of figures -->";

/** Puts the tables into the page, in place of those before. Throws when there is no place. */
export function replaceFigures(page: string, tables: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The page must hold "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n${page.slice(end)}`;
}

/** Everything that was measured, from what was to be reached to each figure. */
export function report(outcomes: readonly Outcome[]): string {
  const groups = [...new Set(outcomes.map(({ group }) => group))];
  const kept = keptTable(outcomes);
  return [
    `## Must and aim\n\n${verdictTable(outcomes)}`,
    ...(kept === "" ? [] : [`### The default backend beside an older checkout\n\n${kept}`]),
    `## All figures\n`,
    ...groups.map((group) => groupTable(group, outcomes)),
  ].join("\n");
}

const SHOWN: readonly Metric[] = [
  "mbps",
  "tps",
  "p99Ms",
  "ms",
  "cpuPerGb",
  "peakMb",
  "repeats",
  "drops",
  "growthMb",
  "times",
];

const OF_CROWDS: readonly Metric[] = ["tps", "p99Ms", "repeats", "drops"];

/** Which of a group's metrics say nothing. */
const SAYS_NOTHING: Record<string, readonly Metric[]> = {
  "get, pinned": OF_CROWDS,
  "get, not pinned": OF_CROWDS,
  "put, pinned": OF_CROWDS,
  "storm": ["tps"],
  "small files": ["mbps", "cpuPerGb"],
};

/** All figures of a group, everybody beside everybody. */
function groupTable(group: string, outcomes: readonly Outcome[]): string {
  const members = outcomes.filter((outcome) => outcome.group === group);
  const names = [...new Set(members.flatMap(({ results }) => [...results.keys()]))];
  const rows = members.flatMap((outcome) =>
    SHOWN.filter((metric) => !SAYS_NOTHING[group]?.includes(metric)).flatMap((metric) => {
      const cells = names.map((name) => cellOf(outcome.results.get(name), metric));
      const empty = cells.every((cell) => cell === "–" || cell === "fails");
      return empty ? [] : [[outcome.title, METRICS[metric].name, ...cells]];
    })
  );
  const remarks = members.flatMap(({ title, results }) =>
    [...results].flatMap(([name, { failure, detail }]) => [
      ...(failure === undefined ? [] : [`- ${title}, ${name}: ${failure}.`]),
      ...(detail === undefined ? [] : [`- ${title}, ${name}: ${detail}.`]),
    ])
  );
  const below = remarks.length > 0 ? `\n${remarks.join("\n")}\n` : "";
  return `### ${group[0]!.toUpperCase()}${group.slice(1)}\n\n` +
    table(["cell", "figure", ...names], rows) + below;
}

function cellOf(figures: Figures | undefined, metric: Metric): string {
  if (figures?.failure !== undefined) return "fails";
  const value = figures?.values[metric];
  return value === undefined ? "–" : format(metric, value);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
