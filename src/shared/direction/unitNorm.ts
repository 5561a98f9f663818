import type { Node } from 'jsonc-parser';
import { numberEdits } from './listText';
import type { TextEdit } from './textEdit';

/**
 * Scales numbers in place to unit norm together, to six digits each.
 *
 * @returns undefined where they cannot be: all of them are zero, or one is not finite
 */
export function unitNormEdits(text: string, numbers: readonly Node[]): TextEdit[] {
  const values = unitNorm(numbers.map(({ value }) => value as number));
  return values ? numberEdits(text, numbers, values) : [];
}

/** The vector at unit norm; undefined where all components are zero or one is not finite. However small or large they are. */
export function unitNorm(vector: readonly number[]): number[] | undefined {
  // Squares of components far from 1 leave the range of a double, so the largest one comes to 1 first.
  const largest = vector.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
  if (largest === 0 || !Number.isFinite(largest) || vector.some(Number.isNaN)) return undefined;
  const scaled = vector.map((component) => component / largest);
  const norm = Math.sqrt(scaled.reduce((sum, component) => sum + component * component, 0));
  return scaled.map((component) => component / norm);
}
