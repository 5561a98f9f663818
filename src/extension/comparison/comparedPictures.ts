import { CancelledError } from '../../shared/cancelledError';
import { editTermOf } from '../../shared/direction/editTerm';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { PictureUpdate, PicturesRequest } from '../../shared/protocol/comparisonProtocol';
import type { PictureRequest } from '../../shared/protocol/engineProtocol';
import { isExpected } from '../../shared/protocol/rpc';
import type { Context } from '../../shared/protocol/rpc';
import { classOfDirection } from '../generators/classOfDirection';
import { generatorOfDirection } from '../generators/generatorOfDirection';
import { reasonOf } from '../reason';
import type { Services } from '../services';

/** The longer side of the pictures in pixels. */
const size = 192;

/** A direction to make pictures of. */
export interface Pictured {
  readonly direction: DirectionFile;
  readonly file: string;
  /** Whether it points the other way than the first one. */
  readonly flipped: boolean;
}

/** Makes the same pictures for each direction, one direction after the other. One whose generator is missing is told with the reason. */
export async function comparedPictures(directions: readonly Pictured[], request: PicturesRequest, services: Services, { signal, progress }: Context<PictureUpdate>): Promise<void> {
  for (const [direction, pictured] of directions.entries()) {
    try {
      await picturesOf(pictured, request, services, signal, (update) => { progress({ direction, ...update }); });
    } catch (error) {
      if (error instanceof CancelledError || !isExpected(error)) throw error;
      progress({ direction, problem: reasonOf(error) });
    }
  }
}

async function picturesOf({ direction, file, flipped }: Pictured, { seeds, psi, alphas, alignSigns }: PicturesRequest, services: Services, signal: AbortSignal, tell: (update: Omit<Extract<PictureUpdate, { seed: number }>, 'direction'>) => void): Promise<void> {
  const { engine, work } = services;
  const { reference, info } = await generatorOfDirection(direction, file, services);
  const term = editTermOf(direction);
  const sign = alignSigns && flipped ? -1 : 1;
  const items = seeds.flatMap((seed) => alphas.map((alpha): PictureRequest => ({
    sample: { seed, psi, ...classOfDirection(direction, info) },
    edits: alpha === 0 ? [] : [{ ...term, alpha: sign * alpha }],
  })));
  const onProgress = ({ index, frame }: { readonly index: number; readonly frame: Extract<PictureUpdate, { seed: number }>['frame'] }) => {
    tell({ seed: Math.floor(index / alphas.length), alpha: index % alphas.length, frame });
  };
  await work.during('rendering a comparison', () => engine.call('renderBatch', { generator: reference, items, size }, { signal, onProgress }));
}
