import { UserError } from '../userError';
import { isStacked, vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';

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
  const layers = productsByLayer(a, b);
  return {
    cosine: cosineOfProducts(sumOf(layers)) ?? 0,
    layers: layers.map((products) => ({ layer: products.layer, cosine: cosineOfProducts(products) })),
  };
}

/** Degrees between two lines from the cosine of vectors along them: 0..90. */
export function angleOf(cosine: number): number {
  return (Math.acos(Math.min(1, Math.abs(cosine))) * 180) / Math.PI;
}

/** a.b, a.a and b.b. */
interface Products {
  readonly ab: number;
  readonly aa: number;
  readonly bb: number;
}

/** Of every layer that one of them edits; a missing row counts as zeros. */
function productsByLayer(a: DirectionFile, b: DirectionFile): (Products & { readonly layer: number })[] {
  const [rowsA, rowsB] = [rowsByLayer(a), rowsByLayer(b)];
  const layers = [...new Set([...rowsA.keys(), ...rowsB.keys()])].sort((x, y) => x - y);
  return layers.map((layer) => ({ layer, ...productsOf(rowsA.get(layer) ?? [], rowsB.get(layer) ?? []) }));
}

function rowsByLayer(direction: DirectionFile): Map<number, readonly number[]> {
  const rows = vectorRows(direction);
  return new Map(direction.latent.layers.map((layer, i) => [layer, rows[i]!]));
}

function productsOf(a: readonly number[], b: readonly number[]): Products {
  const square = (row: readonly number[]) => row.reduce((sum, value) => sum + value * value, 0);
  const ab = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  return { ab, aa: square(a), bb: square(b) };
}

function sumOf(products: readonly Products[]): Products {
  return products.reduce<Products>((sum, { ab, aa, bb }) => ({ ab: sum.ab + ab, aa: sum.aa + aa, bb: sum.bb + bb }), { ab: 0, aa: 0, bb: 0 });
}

/** Undefined where one of them does not move. */
function cosineOfProducts({ ab, aa, bb }: Products): number | undefined {
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : undefined;
}

/** Whether their latent vectors are equally long. */
export function comparable(a: DirectionFile, b: DirectionFile): boolean {
  return a.latent.dimensions === b.latent.dimensions;
}

/** Of what the two add to ws, -1..1; null where they are not comparable. */
export function cosineOf(a: DirectionFile, b: DirectionFile): number | null {
  return comparable(a, b) ? cosines(a, b, '').cosine : null;
}

/**
 * The cosine that tells how a direction was turned, apart from which layers it is for: over the layers that both edit. In
 * space w there is one vector for whatever layers.
 */
export function innerCosine(a: DirectionFile, b: DirectionFile): number | undefined {
  if (!isStacked(a.vector) && !isStacked(b.vector)) return cosineOfProducts(productsOf(a.vector, b.vector));
  const both = productsByLayer(a, b).filter(({ layer }) => a.latent.layers.includes(layer) && b.latent.layers.includes(layer));
  return cosineOfProducts(sumOf(both));
}
