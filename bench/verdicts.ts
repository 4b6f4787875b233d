/** Tables of the required figures, and whether they were reached. */

import {
  type Bar,
  BEFORE,
  bestOf,
  judge,
  judgedBy,
  keptBar,
  NATIVE,
  OURS,
  type Results,
  type Verdict,
} from "./bars.ts";
import { format, type Metric, METRICS, ratioOf } from "./figures.ts";
import { type Outcome, table } from "./page.ts";

/** Every bar: native sockets and those of Deno beside the best peer of the same cell. */
export function verdictTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap((outcome) =>
    judgedIn(outcome).map(([metric, of]) => verdictRow(outcome, metric, of))
  );
  const ratios = ["native × best", "default × best"];
  const head = ["cell", "figure", "native", "default", "best peer", ...ratios];
  return countLine(outcomes) + table([...head, "must", "", "aim", ""], rows);
}

/** The default backend beside an older checkout; nothing where none was measured. */
export function keptTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ group, title, results, kept }) => {
    if (kept === undefined || !results.has(BEFORE)) return [];
    const [before, ours] = [BEFORE, OURS].map((name) => figureOf(results, name, kept));
    const { words, verdict } = judge(keptBar(kept), results);
    const ratio = ratioText(results, { of: OURS, to: BEFORE, metric: kept });
    return [[
      `${group}: ${title}`,
      METRICS[kept].name,
      before!,
      ours!,
      ratio,
      words,
      mark(verdict),
    ]];
  });
  if (rows.length === 0) return "";
  return table(["cell", "figure", "before", "default", "× before", "must", ""], rows);
}

/** Each figure of a cell that has a bar, with whose it is. */
function judgedIn({ must, aim }: Outcome): [Metric, string][] {
  const pairs = new Map<string, [Metric, string]>();
  for (const bar of [...must, ...aim]) {
    const of = judgedBy(bar);
    pairs.set(`${bar.metric} ${of}`, [bar.metric, of]);
  }
  return [...pairs.values()];
}

function verdictRow(
  { group, title, results, must, aim }: Outcome,
  metric: Metric,
  of: string,
): string[] {
  const best = bestOf(results, metric);
  return [
    `${group}: ${title}`,
    METRICS[metric].name,
    figureOf(results, NATIVE, metric),
    figureOf(results, OURS, metric),
    best ? `${best.name} ${format(metric, best.value)}` : "–",
    ratioText(results, { of: NATIVE, to: best?.name, metric }),
    ratioText(results, { of: OURS, to: best?.name, metric }),
    ...verdictOf(must, results, { metric, of }),
    ...verdictOf(aim, results, { metric, of }),
  ];
}

function figureOf(results: Results, name: string, metric: Metric): string {
  const { values, failure } = results.get(name) ?? { values: {} };
  const value = values[metric];
  const shown = value === undefined ? "–" : format(metric, value);
  return failure === undefined ? shown : "fails";
}

function ratioText(
  results: Results,
  { of, to, metric }: { of: string; to: string | undefined; metric: Metric },
): string {
  const [one, other] = [results.get(of), to === undefined ? undefined : results.get(to)];
  if (!one || !other || one.failure !== undefined || other.failure !== undefined) return "–";
  return ratioOf(one, other, metric)?.toFixed(2) ?? "–";
}

/** The bars of a figure in words, and whether all are reached. */
function verdictOf(
  bars: readonly Bar[],
  results: Results,
  { metric, of }: { metric: Metric; of: string },
): [string, string] {
  const judged = bars.filter((bar) => bar.metric === metric && judgedBy(bar) === of)
    .map((bar) => judge(bar, results));
  if (judged.length === 0) return ["–", ""];
  return [
    judged.map(({ words }) => words).join(", "),
    mark(worstOf(judged.map(({ verdict }) => verdict))),
  ];
}

function worstOf(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ["missed", "not measured"];
  return order.find((verdict) => verdicts.includes(verdict)) ?? "met";
}

function mark(verdict: Verdict): string {
  return verdict === "missed" ? "**missed**" : verdict;
}

function countLine(outcomes: readonly Outcome[]): string {
  const count = (name: string, bars: (outcome: Outcome) => readonly Bar[]) => {
    const verdicts = outcomes.flatMap((outcome) =>
      bars(outcome).map((bar) => judge(bar, outcome.results).verdict)
    );
    const met = verdicts.filter((verdict) => verdict === "met").length;
    return `${met} of ${verdicts.length} ${name}`;
  };
  const must = count("that must be", ({ must }) => must);
  return `Reached: ${must}, and ${count("aims", ({ aim }) => aim)}.\n\n`;
}
