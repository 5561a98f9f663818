import type { Limits } from './field';

/** Frames a second that animations and videos can have. Browsers show GIF frames of less than 20 ms much longer. */
export const frameRates = { min: 0.1, max: 50 } as const satisfies Limits;

/** The frame rate where nobody says otherwise. */
export const usualFrameRate = 10;

/** The indices of the frames in the order of showing; the way back, where there is one, repeats neither end. */
export function showingOrder(count: number, pingPong: boolean): number[] {
  const forth = Array.from({ length: count }, (_, index) => index);
  return pingPong ? [...forth, ...forth.slice(1, -1).reverse()] : forth;
}
