/** Numbers and text in the sentences of findings. Pure. */

/** `0.4 ms`, `12 ms`, `1.5 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 9.95 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** `0.4 %`, `12 %`. */
export function percent(fraction: number): string {
  const hundred = fraction * 100;
  return `${hundred < 9.95 && hundred > 0 ? hundred.toFixed(1) : Math.round(hundred)} %`;
}

/** Text from elsewhere in quotes, cut to fit into a sentence. */
export function cited(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}

/** The median of some numbers; undefined for none. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
