/** A range of alpha with another smallest (0) or largest (1) end. */
export function withEnd([least, most]: readonly [number, number], end: 0 | 1, alpha: number): [number, number] {
  return end === 0 ? [alpha, most] : [least, alpha];
}
