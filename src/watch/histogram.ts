/** How often a value was at most so large: a histogram as Prometheus understands it. Pure. */
export class Histogram {
  /** The upper bounds, ascending; what is larger counts too. */
  readonly bounds: readonly number[];
  /** Values of each bound that are not in the one before; the last are those beyond. */
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
