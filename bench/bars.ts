/** The required figures, and whether they are reached. */

import { type Figures, format, type Metric, METRICS, ratioOf } from "./figures.ts";

/** This program on Deno's sockets: the default without the permission for native ones. */
export const OURS = "ours";

/** Ours, on native sockets. */
export const NATIVE = "ours, native";

/** An older checkout of ours, on the sockets of Deno. */
export const BEFORE = "ours, before";

/** The contender that shows the limit of Deno's sockets; it is not a peer. */
export const FLOOR = "floor";

/** A bar: so many times the best of some others, without names of all peers, or a number. */
export type Bar = {
  metric: Metric;
  /** Whose figure is judged. @default {NATIVE} */
  of?: string;
} & ({ times: number; than?: readonly string[] } | { limit: number });

export type Verdict = "met" | "missed" | "not measured";

/** By the name of the contender. */
export type Results = ReadonlyMap<string, Figures>;

/** A contender and its figure. */
interface Best {
  name: string;
  value: number;
}

/** What the default backend must keep of the speed of an older checkout. */
const KEPT = 0.97;

/** The contender that is best in a metric, among those named or, without names, all peers. */
export function bestOf(
  results: Results,
  metric: Metric,
  names?: readonly string[],
): Best | undefined {
  let best: Best | undefined;
  for (const [name, { values, failure }] of results) {
    const value = values[metric];
    const takesPart = names ? names.includes(name) : isPeer(name);
    if (!takesPart || value === undefined || failure !== undefined) continue;
    if (!best || (METRICS[metric].more ? value > best.value : value < best.value)) {
      best = { name, value };
    }
  }
  return best;
}

/** Whether a contender is another program. */
export function isPeer(name: string): boolean {
  return !name.startsWith(OURS) && name !== FLOOR;
}

/** Whose figure a bar is for. */
export function judgedBy({ of = NATIVE }: Bar): string {
  return of;
}

/** Whether a bar is reached, and the bar as text. */
export function judge(bar: Bar, results: Results): { verdict: Verdict; words: string } {
  const name = judgedBy(bar);
  const ours = results.get(name);
  const { more } = METRICS[bar.metric];
  const best = "times" in bar ? bestOf(results, bar.metric, bar.than) : undefined;
  const words = `${name === OURS ? "default " : ""}${more ? "≥" : "≤"} ${inWords(bar, best)}`;
  if (!ours) return { verdict: "not measured", words };
  if (ours.failure !== undefined) return { verdict: "missed", words };
  const [value, limit] = "limit" in bar
    ? [ours.values[bar.metric], bar.limit]
    : [best && ratioOf(ours, results.get(best.name)!, bar.metric), bar.times];
  if (value === undefined) return { verdict: "not measured", words };
  const met = more ? value >= limit : value <= limit;
  return { verdict: met ? "met" : "missed", words };
}

/** That the default backend is no slower than it was, within what two runs differ by. */
export function keptBar(metric: Metric): Bar {
  return { metric, of: OURS, times: METRICS[metric].more ? KEPT : 1 / KEPT, than: [BEFORE] };
}

function inWords(bar: Bar, best: Best | undefined): string {
  if ("limit" in bar) return format(bar.metric, bar.limit);
  const times = bar.times === 1 ? "" : `${Number(bar.times.toFixed(2))} × `;
  return times + (best?.name ?? bar.than?.join(", ") ?? "best peer");
}
