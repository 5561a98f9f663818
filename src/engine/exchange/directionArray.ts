import type { NpyArray } from '../npy';
import type { LatentSpace } from '../../shared/direction/directionFile';
import type { ArrayRow, ArrayShape } from '../../shared/protocol/engineProtocol';
import { UserError } from '../../shared/userError';

/** More directions than any method gives; the array is something else. */
const mostDirections = 65_536;

/** The latent code that directions are added to. */
export interface LatentShape {
  /** Of the generator, for messages. */
  readonly name: string;
  readonly layerCount: number;
  readonly dimensions: number;
}

/** The directions of an array, as a generator takes them. */
export interface ArrayDirections {
  readonly space: LatentSpace;
  readonly count: number;
  /** @throws UserError for one that its space cannot hold */
  readonly direction: (index: number) => ArrayDirection;
}

export interface ArrayDirection {
  /** One row of d numbers (w), or one for each of the generator's layers (w+). */
  readonly rows: readonly Float32Array[];
  /** The layers that the array moves; undefined where it does not say. */
  readonly layers?: readonly number[];
}

/**
 * What an array of directions holds, before it is known for which generator: [d], [n, d] or [n, L, d].
 *
 * @param name the file, for messages
 * @throws UserError for an array of another number of axes, or without any direction
 */
export function arrayShape({ data, dims }: NpyArray, name: string): ArrayShape {
  requireDirections(dims, name, 'expected directions [n, d] or [n, L, d]');
  const count = dims.length === 1 ? 1 : dims[0]!;
  const size = data.length / count;
  return { dims, rows: Array.from({ length: count }, (_, row) => rowOf(data.subarray(row * size, (row + 1) * size), row)) };
}

/**
 * Reads an array as directions of a generator: [d] and [n, d], or [n, 1, d], are one vector each (w), [n, L, d] a vector for
 * each of the generator's L layers (w+).
 *
 * @param asked `w+` reads [L, d] as one direction; `w` reads [n, L, d] whose layers are moved alike as one vector each
 * @param name the file, for messages
 * @throws UserError where the shape is not the generator's
 */
export function arrayDirections(array: NpyArray, { name: generator, layerCount, dimensions }: LatentShape, asked: LatentSpace | undefined, name: string): ArrayDirections {
  const { data, dims } = array;
  const taken = `the generator ${generator} takes directions [n, ${dimensions}]${layerCount === 1 ? '' : ` or [n, ${layerCount}, ${dimensions}]`}`;
  requireDirections(dims, name, taken);
  const layers = dims.length === 3 ? dims[1]! : 1;
  if (dims.at(-1) !== dimensions || (layers !== 1 && layers !== layerCount)) throw new UserError(`${name} has the shape ${text(dims)}; ${taken}`);
  const rows = Array.from({ length: data.length / dimensions }, (_, i) => data.subarray(i * dimensions, (i + 1) * dimensions));
  if (layers > 1) {
    const stack = (index: number) => layered(rows.slice(index * layers, (index + 1) * layers));
    const count = rows.length / layers;
    return asked === 'w' ? { space: 'w', count, direction: (index) => alike(stack(index), index, name) } : { space: 'w+', count, direction: stack };
  }
  if (asked !== 'w+' || layerCount === 1) return { space: 'w', count: rows.length, direction: (index) => ({ rows: [rows[index]!] }) };
  if (rows.length !== layerCount) throw new UserError(`${name} has the shape ${text(dims)}; a direction in w+ has a row for each of the ${layerCount} layers of ${generator}: read it in w`);
  return { space: 'w+', count: 1, direction: () => layered(rows) };
}

function requireDirections(dims: readonly number[], name: string, expected: string): void {
  if (dims.length === 0 || dims.length > 3 || dims.at(-1) === 0) throw new UserError(`${name} has the shape ${text(dims)}; ${expected}`);
  const count = dims.length === 1 ? 1 : dims[0]!;
  if (count === 0) throw new UserError(`${name} has the shape ${text(dims)}, which holds no direction; expected at least one`);
  if (count > mostDirections) throw new UserError(`${name} has the shape ${text(dims)}; at most ${mostDirections} directions can be read`);
}

/** A direction with a row for each layer, of which it moves those that are not zero. */
function layered(rows: readonly Float32Array[]): Required<ArrayDirection> {
  return { rows, layers: rows.flatMap((row, layer) => (isZero(row) ? [] : [layer])) };
}

/** The same in w, where the layers that are moved are moved alike. */
function alike({ rows, layers }: Required<ArrayDirection>, index: number, name: string): ArrayDirection {
  const first = rows[layers[0] ?? 0]!;
  if (layers.some((layer) => rows[layer]!.some((value, k) => value !== first[k]))) throw new UserError(`${name}: row ${index} moves its layers in different ways, which one vector cannot: read it in w+`);
  return { rows: [first], layers };
}

/** The Euclidean norm of float32 numbers, summed as float64. */
export function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function rowOf(values: Float32Array, row: number): ArrayRow {
  const problem = problemOf(values);
  return problem === undefined ? { row, norm: normOf(values) } : { row, norm: 0, problem };
}

/** Why some numbers are no direction, for a sentence about them; nothing where they are one. */
export function problemOf(values: Float32Array): string | undefined {
  if (!values.every(Number.isFinite)) return 'holds numbers that are not finite';
  return isZero(values) ? 'is all zeros' : undefined;
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}

function text(dims: readonly number[]): string {
  return `[${dims.join(', ')}]`;
}
