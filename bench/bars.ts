/** What a figure must reach, and whether it does. */

import { type Figures, format, type Metric, METRICS } from "./figures.ts";

/** A bar: so many times the best of some others, or a number. */
export type Bar =
  | { metric: Metric; times: number; than: readonly string[] }
  | { metric: Metric; limit: number };

export type Verdict = "met" | "missed" | "not measured";

/** By the name of the contender. */
export type Results = ReadonlyMap<string, Figures>;

export const OURS = "ours";

/** The contender that shows what Deno's sockets allow, and is none. */
export const FLOOR = "floor";

/** The contender that is best in a metric, among those named or, without names, all others. */
export function bestOf(
  results: Results,
  metric: Metric,
  names?: readonly string[],
): { name: string; value: number } | undefined {
  let best: { name: string; value: number } | undefined;
  for (const [name, { values, failure }] of results) {
    const value = values[metric];
    if (name.startsWith(OURS) || name === FLOOR || value === undefined || failure !== undefined) {
      continue;
    }
    if (names && !names.includes(name)) continue;
    if (!best || (METRICS[metric].more ? value > best.value : value < best.value)) {
      best = { name, value };
    }
  }
  return best;
}

/** Whether a bar is reached, and the bar in words. */
export function judge(bar: Bar, results: Results): { verdict: Verdict; words: string } {
  const ours = results.get(OURS);
  const { more } = METRICS[bar.metric];
  const sign = more ? "≥" : "≤";
  const limit = limitOf(bar, results);
  const value = ours?.values[bar.metric];
  const words = "limit" in bar
    ? `${sign} ${format(bar.metric, bar.limit)}`
    : `${sign} ${bar.times === 1 ? "" : `${bar.times} × `}${limit?.name ?? bar.than.join(", ")}`;
  if (ours?.failure !== undefined) return { verdict: "missed", words };
  if (value === undefined || limit === undefined) return { verdict: "not measured", words };
  const met = more ? value >= limit.value : value <= limit.value;
  return { verdict: met ? "met" : "missed", words };
}

function limitOf(bar: Bar, results: Results): { name: string; value: number } | undefined {
  if ("limit" in bar) return { name: "", value: bar.limit };
  const best = bestOf(results, bar.metric, bar.than);
  return best && { name: best.name, value: best.value * bar.times };
}
