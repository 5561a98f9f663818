import { UserError } from '../../../shared/userError';
import { sizeOf } from '../../tensor';
import { printable } from '../checkpoint/printable';
import { denseStrides, elementSizes, toFloat32 } from '../checkpoint/tensorViews';
import { isKind, isMap } from '../checkpoint/values';
import type { CheckpointTensor, CheckpointValue } from '../checkpoint/values';
import { NamedNetwork } from '../namedNetwork';

/** The tensors of a PyTorch `state_dict()` by dotted name. */
export type StateDict = ReadonlyMap<string, CheckpointTensor>;

/** What becomes of a tensor on its way from one format to the other. */
export type Change = (tensor: CheckpointTensor) => CheckpointTensor;

/** A generator has some hundreds; a training run's checkpoint a few thousand. */
const maximumTensors = 2 ** 16;

/** The tensors of a dictionary; none where it is something else. */
export function stateDictOf(value: CheckpointValue | undefined): StateDict {
  const found = new Map<string, CheckpointTensor>();
  if (!isMap(value) || value.size > maximumTensors) return found;
  for (const [name, entry] of value) if (typeof name === 'string' && isKind(entry, 'tensor')) found.set(name, entry);
  return found;
}

/**
 * Gives the tensors of a state dictionary NVlabs' names, and remembers whence they came, so that messages can use
 * the names that the file has.
 */
export class Translation {
  private readonly tensors = new Map<string, CheckpointTensor>();
  private readonly settings = new Map<string, CheckpointValue>();
  private readonly names = new Map<string, string>();

  constructor(
    private readonly file: string,
    private readonly state: StateDict,
  ) {}

  /**
   * `to` is what the file calls `from`, changed on the way; nothing where the file has no such tensor.
   *
   * @throws UserError for a tensor that claims more numbers than are stored.
   */
  take(to: string, from: string, change: Change = unchanged): void {
    this.name(to, from);
    const tensor = this.state.get(from);
    if (!tensor) return;
    // What is changed is copied, and a view with strides of 0 would be copied to any size.
    if (sizeOf(tensor.dims) * elementSizes[tensor.elementType] > tensor.storage.length) {
      throw new UserError(`${this.file}: the tensor ${from} of the shape [${tensor.dims.join(', ')}] has fewer numbers stored than that; expected each number once`);
    }
    this.tensors.set(to, change(tensor));
  }

  /** A tensor that is not in the state dictionary under its name. */
  put(to: string, from: string, tensor: CheckpointTensor): void {
    this.name(to, from);
    this.tensors.set(to, tensor);
  }

  set(setting: string, from: string, value: CheckpointValue): void {
    this.name(setting, from);
    this.settings.set(setting, value);
  }

  /** What the file calls a part of the network, for messages. */
  name(to: string, from: string): void {
    this.names.set(to, from);
  }

  /**
   * The network that all of this makes.
   *
   * @param kind - What it is called: `Hammer StyleGAN2 generator`.
   * @throws UserError for a tensor that nothing was made of: it belongs to a computation that the network does not
   *   have, and the images would be wrong.
   */
  network(kind: string): NamedNetwork {
    const taken = new Set(this.names.values());
    const other = [...this.state.keys()].find((name) => !taken.has(name));
    if (other !== undefined) {
      throw new UserError(`${this.file} holds a ${kind} that was changed: it has a tensor ${printable(other)}, of which that network knows nothing; expected one without changes`);
    }
    return new NamedNetwork(this.file, this.tensors, this.settings, '', (name) => this.names.get(name) ?? name);
  }
}

export const unchanged: Change = (tensor) => tensor;

/** Drops axes of size 1; a tensor where they have another size stays as it is, to be refused for its shape. */
export function squeezed(...axes: readonly number[]): Change {
  return (tensor) => {
    if (!axes.every((axis) => tensor.dims[axis] === 1)) return tensor;
    const rest = (sizes: readonly number[]) => sizes.filter((_, axis) => !axes.includes(axis));
    return { ...tensor, dims: rest(tensor.dims), strides: rest(tensor.strides) };
  };
}

/** A scalar that some versions of a format keep as [1]. */
export const scalar: Change = (tensor) => (tensor.dims.length === 1 ? squeezed(0)(tensor) : tensor);

export function multiplied(factor: number): Change {
  return (tensor) => floatTensor(toFloat32(tensor).map((value) => value * factor), tensor.dims);
}

export function increased(by: number): Change {
  return (tensor) => floatTensor(toFloat32(tensor).map((value) => value + by), tensor.dims);
}

/** Turns the last two axes round, which makes a correlation a convolution. */
export const turned: Change = (tensor) => {
  const taps = tensor.dims.slice(-2).reduce((product, size) => product * size, 1);
  const data = toFloat32(tensor).slice();
  for (let start = 0; start < data.length; start += taps) data.subarray(start, start + taps).reverse();
  return floatTensor(data, tensor.dims);
};

/** One change after the other. */
export function both(first: Change, second: Change): Change {
  return (tensor) => second(first(tensor));
}

export function floatTensor(data: Float32Array, dims: readonly number[]): CheckpointTensor {
  return { kind: 'tensor', elementType: 'float32', dims, strides: denseStrides(dims), offset: 0, storage: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** More layers than any generator has, and a longer w. */
const maximumRepeats = 64;
const maximumWDim = 65536;

/**
 * The mean of w as [wDim], of a tensor that may hold it once for each layer ([layers, wDim], [1, layers, wDim] or
 * [layers wDim]). A tensor of another size stays as it is, to be refused for its shape.
 *
 * @throws UserError where the layers' means differ.
 */
export function meanOfW(tensor: CheckpointTensor, wDim: number, name: string, file: string): CheckpointTensor {
  const repeats = sizeOf(tensor.dims) / wDim;
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > maximumRepeats || wDim > maximumWDim) return tensor;
  const data = toFloat32(tensor);
  if (data.some((value, i) => !Object.is(value, data[i % wDim]))) {
    throw new UserError(`${file}: the tensor ${name} has a mean of w for each of ${repeats} layers, and they differ; expected one of ${wDim} numbers for all`);
  }
  return floatTensor(data.slice(0, wDim), [wDim]);
}

/** The largest of the numbers that a pattern's first group finds in the names; -1 where there is none. */
export function largestNumber(names: Iterable<string>, pattern: RegExp): number {
  let largest = -1;
  for (const name of names) largest = Math.max(largest, Number(pattern.exec(name)?.[1] ?? -1));
  return largest;
}
