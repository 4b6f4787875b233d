/** How many values were at most so large: a histogram in the style of Prometheus. Pure. */
export class Histogram {
  /** The upper bounds, ascending; larger values count too. */
  readonly bounds: readonly number[];
  /** The number of values between each bound and the one before; the last is for larger ones. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    const at = this.bounds.findIndex((bound) => value <= bound);
    this.counts[at < 0 ? this.bounds.length : at]!++;
    this.sum += value;
  }
}
