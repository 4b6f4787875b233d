/** The figures of a contender in one cell, and how several runs become one figure. */

/** One run of the load. */
export interface Run {
  bytes: number;
  seconds: number;
  transfers: number;
  /** Transfers that did not end, or did not end with the right bytes. */
  failed: number;
  /** The error, if there was one. */
  complaint: string;
  /** The slowest of a hundred transfers, in milliseconds. */
  p99Ms: number;
  /** Seconds of CPU that the program under test spent, its children included, where known. */
  cpuSeconds?: number;
  /** Repeats that the load had to send. */
  repeats: number;
  /** Datagrams that the machine dropped because a buffer was full. */
  drops: number;
}

/** What can be compared. */
export type Metric =
  | "mbps"
  | "tps"
  | "p99Ms"
  | "ms"
  | "cpuPerGb"
  | "peakMb"
  | "failed"
  | "repeats"
  | "drops"
  | "growthMb"
  | "times";

/** What a contender reached in a cell; a metric that was not measured is absent. */
export interface Figures {
  values: Partial<Record<Metric, number>>;
  /** Of what is measured in every round: the figure of each, in order. */
  rounds?: Partial<Record<Metric, readonly number[]>>;
  /** Why there are none, or what failed beside them. */
  failure?: string;
  /** What the tables should say beside a figure. */
  detail?: string;
}

/** Of every metric: how it is called, with its unit, and which way is up. */
export const METRICS: Record<Metric, { name: string; digits: number; more: boolean }> = {
  mbps: { name: "MB/s", digits: 0, more: true },
  tps: { name: "transfers/s", digits: 0, more: true },
  p99Ms: { name: "p99 ms", digits: 0, more: false },
  ms: { name: "ms", digits: 1, more: false },
  cpuPerGb: { name: "CPU s/GB", digits: 2, more: false },
  peakMb: { name: "peak RSS MB", digits: 0, more: false },
  failed: { name: "failed", digits: 0, more: false },
  repeats: { name: "repeats", digits: 0, more: false },
  drops: { name: "lost because of full buffers", digits: 0, more: false },
  growthMb: { name: "RSS growth MB", digits: 1, more: false },
  times: { name: "times", digits: 2, more: false },
};

/** A number as the tables show it: small ones keep their digits. */
export function format(metric: Metric, value: number): string {
  const { digits } = METRICS[metric];
  const shown = digits === 0 && value < 10 && !Number.isInteger(value) ? 1 : digits;
  return value.toLocaleString("en", { minimumFractionDigits: shown, maximumFractionDigits: shown });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * How many times the figure of `other` that of `one` is: the median over the rounds in which both
 * had a turn, since turns of one round saw the same machine. What is measured once is divided.
 * Undefined where one of them has no figure.
 */
export function ratioOf(one: Figures, other: Figures, metric: Metric): number | undefined {
  const [mine, its] = [one.rounds?.[metric], other.rounds?.[metric]];
  if (mine && its) {
    const both = Math.min(mine.length, its.length);
    return median(mine.slice(0, both).map((value, round) => value / its[round]!));
  }
  const [value, base] = [one.values[metric], other.values[metric]];
  return value === undefined || !base ? undefined : value / base;
}

/**
 * The figures of a contender's runs: medians, but CPU over all of them, since ticks are coarse, and
 * losses of all of them, since none is wanted.
 */
export function summarize(runs: readonly Run[], peakMb?: number): Figures {
  const wrong = runs.find((run) => run.complaint !== "");
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const cpuSeconds = runs.reduce((sum, run) => sum + (run.cpuSeconds ?? NaN), 0);
  const rounds = {
    mbps: runs.map((run) => run.bytes / run.seconds / 1e6),
    tps: runs.map((run) => run.transfers / run.seconds),
    p99Ms: runs.map((run) => run.p99Ms),
  };
  const values: Figures["values"] = {
    mbps: median(rounds.mbps),
    tps: median(rounds.tps),
    p99Ms: median(rounds.p99Ms),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    repeats: median(runs.map((run) => run.repeats)),
    drops: runs.reduce((sum, run) => sum + run.drops, 0),
    ...(Number.isNaN(cpuSeconds) ? {} : { cpuPerGb: cpuSeconds / bytes * 1e9 }),
    ...(peakMb === undefined ? {} : { peakMb }),
  };
  if (!wrong) return { values, rounds };
  const { failed, complaint } = wrong;
  return { values, failure: failed > 0 ? `${failed} failed: ${complaint}` : complaint };
}
