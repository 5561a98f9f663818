import { UserError } from '../../../shared/userError';
import { halfToFloat } from '../../halfFloat';
import type { ElementType } from '../../tensor';
import { sizeOf } from '../../tensor';
import type { CheckpointTensor } from './values';

/** As many as PyTorch takes. */
const MAX_DIMS = 64;
/** 2 GiB of float32; a view whose strides are 0 can claim more than its file holds. */
const MAX_ELEMENTS = 2 ** 29;

/** Bytes per element. */
export const elementSizes: Readonly<Record<ElementType, number>> = {
  float16: 2, bfloat16: 2, float32: 4, float64: 8, uint8: 1, int8: 1, int16: 2, int32: 4, int64: 8, bool: 1,
};

/**
 * Whether a view lies within its storage.
 *
 * @param view - Any numbers, as a file gives them.
 * @param storageBytes - The size of the storage in bytes.
 * @returns What is wrong with the view, or undefined.
 */
export function viewProblem(view: Omit<CheckpointTensor, 'kind' | 'storage'>, storageBytes: number): string | undefined {
  const { dims, strides, offset, elementType } = view;
  if (dims.length !== strides.length || dims.length > MAX_DIMS) {
    return `a tensor has ${dims.length} dimensions and ${strides.length} strides`;
  }
  if (![...dims, ...strides, offset].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    return 'a tensor has a size, stride or offset that is no whole number from 0 to 2^53';
  }
  if (!Number.isSafeInteger(sizeOf(dims))) {
    return `a tensor has more elements than can be counted: [${dims.join(', ')}]`;
  }
  // Every term is at least 0, so that an inexact sum beyond 2^53 is still beyond any storage.
  const end = dims.includes(0) ? offset : offset + span(dims, strides);
  if (end * elementSizes[elementType] > storageBytes) {
    return `a tensor [${dims.join(', ')}] reaches beyond its storage of ${storageBytes} bytes`;
  }
  return undefined;
}

/** From the first to the last element of a view that has any, both counted. */
function span(dims: readonly number[], strides: readonly number[]): number {
  return dims.reduce((sum, dim, axis) => sum + (dim - 1) * (strides[axis] ?? 0), 1);
}

/** The strides, in elements, of a dense array in C order. */
export function denseStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  for (let axis = dims.length - 1, stride = 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= dims[axis] ?? 1;
  }
  return strides;
}

/**
 * The elements of a tensor as float32 in C order.
 *
 * @returns A view of the file where the tensor is float32, dense and aligned (do not write to it), else a copy.
 * @throws UserError for more than 2^29 elements.
 */
export function toFloat32(tensor: CheckpointTensor): Float32Array {
  const { dims, elementType } = tensor;
  const count = sizeOf(dims);
  if (count > MAX_ELEMENTS) {
    throw new UserError(`a tensor [${dims.join(', ')}] has ${count} elements; at most ${MAX_ELEMENTS} can be read`);
  }
  const bytes = count === 0 ? new Uint8Array() : isDense(tensor) ? bytesFromFirst(tensor, count) : gatheredBytes(tensor, count);
  return converters[elementType](aligned(bytes, elementSizes[elementType]), count);
}

function isDense({ dims, strides }: CheckpointTensor): boolean {
  const dense = denseStrides(dims);
  return dims.every((dim, axis) => dim === 1 || strides[axis] === dense[axis]);
}

/** The bytes of `count` elements from the tensor's first on. */
function bytesFromFirst({ elementType, offset, storage }: CheckpointTensor, count: number): Uint8Array {
  const size = elementSizes[elementType];
  return storage.subarray(offset * size, (offset + count) * size);
}

/** The same bytes where they can be read as elements of that size, else a copy that can. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
}

/** The elements of a view in C order, copied bit by bit. */
function gatheredBytes(tensor: CheckpointTensor, count: number): Uint8Array {
  const size = elementSizes[tensor.elementType];
  const length = span(tensor.dims, tensor.strides);
  const { buffer, byteOffset } = aligned(bytesFromFirst(tensor, length), size);
  switch (size) {
    case 1:
      return gather(new Uint8Array(buffer, byteOffset, length), new Uint8Array(count), tensor);
    case 2:
      return gather(new Uint16Array(buffer, byteOffset, length), new Uint16Array(count), tensor);
    case 4:
      return gather(new Uint32Array(buffer, byteOffset, length), new Uint32Array(count), tensor);
    default:
      return gather(new BigUint64Array(buffer, byteOffset, length), new BigUint64Array(count), tensor);
  }
}

/** The index of the first element of each row along the innermost axis, counting through the others like an odometer. */
function* rowStarts(dims: readonly number[], strides: readonly number[]): Iterable<number> {
  const position = dims.map(() => 0);
  let index = 0;
  for (let axis = dims.length; axis >= 0; ) {
    yield index;
    for (axis = dims.length - 1; axis >= 0; axis -= 1) {
      const next = (position[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      if (next < (dims[axis] ?? 0)) {
        position[axis] = next;
        index += stride;
        break;
      }
      position[axis] = 0;
      index -= (next - 1) * stride;
    }
  }
}

type Elements<T> = Record<number, T> & { readonly buffer: ArrayBufferLike };

function gather<T>(source: Elements<T>, target: Elements<T>, { dims, strides }: CheckpointTensor): Uint8Array {
  const length = dims.at(-1) ?? 1;
  const stride = strides.at(-1) ?? 1;
  let at = 0;
  for (const start of rowStarts(dims.slice(0, -1), strides.slice(0, -1))) {
    for (let i = 0; i < length; i += 1) {
      target[at] = source[start + i * stride] as T;
      at += 1;
    }
  }
  return new Uint8Array(target.buffer);
}

/** From the bytes of dense, aligned, little endian elements to float32. */
const converters: Readonly<Record<ElementType, (bytes: Uint8Array, count: number) => Float32Array>> = {
  float32: ({ buffer, byteOffset }, count) => new Float32Array(buffer, byteOffset, count),
  float64: ({ buffer, byteOffset }, count) => new Float32Array(new Float64Array(buffer, byteOffset, count)),
  float16: ({ buffer, byteOffset }, count) => mapped(new Uint16Array(buffer, byteOffset, count), new Float32Array(count), halfToFloat),
  bfloat16: ({ buffer, byteOffset }, count) => {
    const bits = mapped(new Uint16Array(buffer, byteOffset, count), new Uint32Array(count), (upperHalf) => upperHalf << 16);
    return new Float32Array(bits.buffer);
  },
  uint8: (bytes) => new Float32Array(bytes),
  int8: ({ buffer, byteOffset }, count) => new Float32Array(new Int8Array(buffer, byteOffset, count)),
  int16: ({ buffer, byteOffset }, count) => new Float32Array(new Int16Array(buffer, byteOffset, count)),
  int32: ({ buffer, byteOffset }, count) => new Float32Array(new Int32Array(buffer, byteOffset, count)),
  int64: ({ buffer, byteOffset }, count) => mapped(new BigInt64Array(buffer, byteOffset, count), new Float32Array(count), Number),
  bool: (bytes, count) => mapped(bytes, new Float32Array(count), (byte) => (byte === 0 ? 0 : 1)),
};

/** Sets every element of `target` from the one of `source`; several times faster than the arrays' own `from`. */
function mapped<S, T extends Float32Array | Uint32Array>(source: Record<number, S>, target: T, convert: (element: S) => number): T {
  for (let i = 0; i < target.length; i += 1) {
    target[i] = convert(source[i] as S);
  }
  return target;
}
