const steps = 200;

/** The slider of an alpha. */
export interface AlphaScale {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Where 0 is, as a fraction of the slider's length, clamped to it. */
  readonly zero: number;
}

/** A slider over the range that a direction is meant for, in 200 steps. */
export function alphaScale([min, max]: readonly [number, number]): AlphaScale {
  return { min, max, step: (max - min) / steps, zero: clamp(-min / (max - min), 0, 1) };
}

/** What a place of the slider means: within half a step of 0 it is 0, so that 0 can be reached on every scale. */
export function alphaAt({ step }: AlphaScale, place: number): number {
  return Math.abs(place) < step * 0.5001 ? 0 : Number(place.toPrecision(6));
}

/** Where an alpha is on the slider, as a fraction of its length; beyond the ends it is at the end. */
export function alphaFraction({ min, max }: AlphaScale, alpha: number): number {
  return clamp((alpha - min) / (max - min), 0, 1);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
