import { vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';
import { UserError } from '../userError';

/** How alike two directions are. */
export interface DirectionCosines {
  /** Of what the two add to ws, all layers together: -1..1. */
  readonly cosine: number;
  /** Layer by layer; undefined where one of them leaves the layer alone. */
  readonly layers: readonly { readonly layer: number; readonly cosine: number | undefined }[];
}

/**
 * Cosines between two directions as edits of ws: a layer that only one of them edits counts as zero in the other.
 *
 * @param where the file of `b`, for the message
 * @throws UserError when the two have latent vectors of different length
 */
export function cosines(a: DirectionFile, b: DirectionFile, where: string): DirectionCosines {
  if (a.latent.dimensions !== b.latent.dimensions) {
    throw new UserError(`${where} has latent vectors of ${b.latent.dimensions}, ${a.name} of ${a.latent.dimensions}: directions of different generators cannot be compared`);
  }
  const rowsA = rowsByLayer(a);
  const rowsB = rowsByLayer(b);
  const layers = [...new Set([...rowsA.keys(), ...rowsB.keys()])].sort((x, y) => x - y);
  const products = layers.map((layer) => products3(rowsA.get(layer), rowsB.get(layer)));
  const total = products.reduce((sum, { ab, aa, bb }) => ({ ab: sum.ab + ab, aa: sum.aa + aa, bb: sum.bb + bb }), { ab: 0, aa: 0, bb: 0 });
  return {
    cosine: total.ab / Math.sqrt(total.aa * total.bb),
    layers: layers.map((layer, i) => {
      const { ab, aa, bb } = products[i]!;
      return { layer, cosine: aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : undefined };
    }),
  };
}

function rowsByLayer(direction: DirectionFile): Map<number, readonly number[]> {
  const rows = vectorRows(direction);
  return new Map(direction.latent.layers.map((layer, i) => [layer, rows[i]!]));
}

/** a.b, a.a and b.b, a missing row counting as zeros. */
function products3(a: readonly number[] | undefined, b: readonly number[] | undefined): { ab: number; aa: number; bb: number } {
  const square = (row: readonly number[] | undefined) => (row ?? []).reduce((sum, value) => sum + value * value, 0);
  const ab = a && b ? a.reduce((sum, value, i) => sum + value * b[i]!, 0) : 0;
  return { ab, aa: square(a), bb: square(b) };
}
