import type { FloatTensor } from '../tensor';

/** A direction as an edit sees it: what is added to which layers. */
export interface Edit {
  readonly layers: readonly number[];
  /** One row for each of `layers`, [layers, d]. */
  readonly rows: readonly ArrayLike<number>[];
  readonly alpha: number;
}

/** `ws + sum of alpha n` over the edits, each on its layers; `ws` [N, L, d] is left as it is. */
export function applyEdits(ws: FloatTensor, edits: readonly Edit[]): FloatTensor {
  const [count, layerCount, dimensions] = ws.dims as [number, number, number];
  const data = ws.data.slice();
  for (const { layers, rows, alpha } of edits) {
    layers.forEach((layer, i) => {
      const row = rows[i]!;
      for (let n = 0; n < count; n++) {
        const start = (n * layerCount + layer) * dimensions;
        for (let k = 0; k < dimensions; k++) data[start + k]! += alpha * row[k]!;
      }
    });
  }
  return { data, dims: ws.dims };
}
