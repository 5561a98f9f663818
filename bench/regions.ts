import type { Region } from '../src/shared/region';

/** Where the eyes of the embedded cats are; on other generators, a box of usual size. */
export const eyes = { shape: 'box', x: 0.24, y: 0.45, width: 0.52, height: 0.14 } as const;

/** The same box on its way, as the mouse drags it: another place for each turn from -1 on, a few pixels from the one before. */
export function dragged(turn: number): Region {
  return { ...eyes, x: eyes.x + ((turn + 1) % 20) / 128, y: eyes.y - ((turn + 1) % 9) / 128 };
}
