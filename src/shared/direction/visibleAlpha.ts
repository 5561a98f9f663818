import type { DirectionFile } from './directionFile';

/** An alpha at which a direction is well to be seen: that of its measurement, or else half of its range; three digits. */
export function visibleAlpha({ metrics, edit }: DirectionFile): number {
  const alpha = metrics?.alpha ?? edit.alpha[1] / 2;
  return Number(alpha.toPrecision(3));
}
