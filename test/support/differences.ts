/** How far some numbers are from those that are expected. */
export interface Difference {
  /** The largest difference. */
  readonly largest: number;
  /** The same as a share of the largest magnitude that is expected. */
  readonly relative: number;
  /** The mean difference as a share of the mean magnitude that is expected. */
  readonly mean: number;
  /** The share of the numbers that differ by at most `tolerance` times the largest magnitude that is expected. */
  within(tolerance: number): number;
}

/** Compares two lists of the same length; NaN anywhere is an infinite difference. */
export function differenceOf(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (actual.length !== expected.length || actual.length === 0) throw new RangeError(`${actual.length} numbers are compared with ${expected.length}`);
  const differences = Float64Array.from({ length: actual.length }, (_, i) => {
    const difference = Math.abs(actual[i]! - expected[i]!);
    return Number.isNaN(difference) ? Infinity : difference;
  });
  const magnitudes = Float64Array.from({ length: expected.length }, (_, i) => Math.abs(expected[i]!));
  const maximum = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const largest = maximum(differences);
  const scale = maximum(magnitudes);
  return {
    largest,
    relative: largest / scale,
    mean: sum(differences) / sum(magnitudes),
    within: (tolerance) => differences.filter((difference) => difference <= tolerance * scale).length / differences.length,
  };
}
