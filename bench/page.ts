/** Results as tables, and the page that keeps them. */

import { type Bar, bestOf, judge, OURS, type Results, type Verdict } from "./bars.ts";
import { type Figures, format, type Metric, METRICS } from "./figures.ts";

/** A cell that has been measured. */
export interface Outcome {
  group: string;
  title: string;
  results: Results;
  must: readonly Bar[];
  aim: readonly Bar[];
}

/** Between these the page is written by the program; all around them by people. */
const BEGIN = "<!-- figures: written by deno task bench -->";
const END = "<!-- end of figures -->";

/** Puts the tables into the page, in place of those before. Throws when there is no place. */
export function replaceFigures(page: string, tables: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The page must hold "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n${page.slice(end)}`;
}

/** What was to be reached, and whether it was. */
export function verdictTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap((outcome) =>
    metricsOf(outcome).map((metric) => verdictRow(outcome, metric))
  );
  const head = ["cell", "figure", "ours", "best peer", "× best", "must", "", "aim", ""];
  return table(head, rows);
}

function metricsOf({ must, aim }: Outcome): Metric[] {
  return [...new Set([...must, ...aim].map((bar) => bar.metric))];
}

function verdictRow({ group, title, results, must, aim }: Outcome, metric: Metric): string[] {
  const ours = results.get(OURS);
  const value = ours?.values[metric];
  const best = bestOf(results, metric);
  const shown = value === undefined ? "–" : format(metric, value);
  return [
    `${group}: ${title}`,
    METRICS[metric].name,
    ours?.failure === undefined ? shown : `${shown} (${ours.failure})`,
    best ? `${best.name} ${format(metric, best.value)}` : "–",
    best && value !== undefined ? (value / best.value).toFixed(2) : "–",
    ...verdictOf(must, metric, results),
    ...verdictOf(aim, metric, results),
  ];
}

/** The bars of a metric in words, and whether all are reached. */
function verdictOf(bars: readonly Bar[], metric: Metric, results: Results): [string, string] {
  const judged = bars.filter((bar) => bar.metric === metric).map((bar) => judge(bar, results));
  if (judged.length === 0) return ["–", ""];
  const verdicts = judged.map(({ verdict }) => verdict);
  const worst: Verdict = verdicts.includes("missed")
    ? "missed"
    : verdicts.includes("not measured")
    ? "not measured"
    : "met";
  return [judged.map(({ words }) => words).join(", "), worst === "missed" ? "**missed**" : worst];
}

const SHOWN: readonly Metric[] = [
  "mbps",
  "tps",
  "p99Ms",
  "ms",
  "cpuPerGb",
  "peakMb",
  "growthMb",
  "times",
];

/** Which of a group's metrics say something. */
const SAYS_NOTHING: Record<string, readonly Metric[]> = {
  "get, pinned": ["tps", "p99Ms"],
  "get, not pinned": ["tps", "p99Ms"],
  "put, pinned": ["tps", "p99Ms"],
  "storm": ["tps"],
  "small files": ["mbps", "cpuPerGb"],
};

/** All figures of a group, everybody beside everybody. */
export function groupTable(group: string, outcomes: readonly Outcome[]): string {
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
