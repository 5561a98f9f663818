import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../../src/engine/importers/checkpoint/tensorViews';
import type { CheckpointTensor } from '../../src/engine/importers/checkpoint/values';
import type { ElementType } from '../../src/engine/tensor';
import { UserError } from '../../src/shared/userError';

function tensorOf(elementType: ElementType, values: ArrayBufferView, changes: Partial<CheckpointTensor> = {}): CheckpointTensor {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { kind: 'tensor', elementType, dims: [4], strides: [1], offset: 0, storage, ...changes };
}

/** The same storage one byte further, where its elements are not aligned. */
function shifted(tensor: CheckpointTensor): CheckpointTensor {
  const storage = new Uint8Array(tensor.storage.length + 1).subarray(1);
  storage.set(tensor.storage);
  return { ...tensor, storage };
}

const twelve = Float32Array.from({ length: 12 }, (_, i) => i);

describe('toFloat32', () => {
  it('gives a view where it can', () => {
    const result = toFloat32(tensorOf('float32', twelve, { offset: 2 }));
    expect([...result]).toEqual([2, 3, 4, 5]);
    expect(result.buffer).toBe(twelve.buffer);
  });

  it('gives a copy where the bytes are not aligned', () => {
    const tensor = shifted(tensorOf('float32', twelve, { offset: 2 }));
    const result = toFloat32(tensor);
    expect([...result]).toEqual([2, 3, 4, 5]);
    expect(result.buffer).not.toBe(tensor.storage.buffer);
  });

  it.each<[string, Partial<CheckpointTensor>, number[]]>([
    ['a transposed matrix', { dims: [4, 3], strides: [1, 4] }, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['every second element', { dims: [3], strides: [2], offset: 1 }, [1, 3, 5]],
    ['an expanded row', { dims: [2, 3], strides: [0, 1] }, [0, 1, 2, 0, 1, 2]],
    ['an expanded number', { dims: [2, 2], strides: [0, 0], offset: 11 }, [11, 11, 11, 11]],
    ['a permuted block', { dims: [2, 3, 2], strides: [2, 4, 1] }, [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]],
    ['odd strides along axes of length 1', { dims: [1, 2, 1], strides: [99, 1, 7] }, [0, 1]],
    ['a number', { dims: [], strides: [], offset: 5 }, [5]],
    ['nothing', { dims: [0, 4], strides: [1, 1] }, []],
  ])('reads %s', (_name, view, numbers) => {
    expect([...toFloat32(tensorOf('float32', twelve, view))]).toEqual(numbers);
    expect([...toFloat32(shifted(tensorOf('float32', twelve, view)))]).toEqual(numbers);
  });

  it.each<[ElementType, ArrayBufferView, number[]]>([
    ['float16', new Uint16Array([0x3c00, 0x0001, 0x7c00, 0xfbff]), [1, 2 ** -24, Infinity, -65504]],
    ['bfloat16', new Uint16Array([0x3f80, 0x0001, 0xff80, 0x4049]), [1, 2 ** -133, -Infinity, 3.140625]],
    ['float64', new Float64Array([1, -0.5, 1e300, 0.1]), [1, -0.5, Infinity, Math.fround(0.1)]],
    ['uint8', new Uint8Array([0, 1, 128, 255]), [0, 1, 128, 255]],
    ['int8', new Int8Array([0, 1, -128, 127]), [0, 1, -128, 127]],
    ['int16', new Int16Array([0, 1, -32768, 32767]), [0, 1, -32768, 32767]],
    ['int32', new Int32Array([0, 1, -(2 ** 31), 2 ** 30]), [0, 1, -(2 ** 31), 2 ** 30]],
    ['int64', new BigInt64Array([0n, -1n, 2n ** 33n, -(2n ** 63n)]), [0, -1, 2 ** 33, -(2 ** 63)]],
    ['bool', new Uint8Array([0, 1, 2, 0]), [0, 1, 1, 0]],
  ])('converts %s, aligned, shifted and strided', (elementType, values, numbers) => {
    const tensor = tensorOf(elementType, values);
    expect([...toFloat32(tensor)]).toEqual(numbers);
    expect([...toFloat32(shifted(tensor))]).toEqual(numbers);
    expect([...toFloat32(shifted({ ...tensor, dims: [2], strides: [2], offset: 1 }))]).toEqual([numbers[1], numbers[3]]);
  });

  it('keeps a NaN a NaN', () => {
    expect([...toFloat32(tensorOf('float16', new Uint16Array([0x7e01, 0, 0, 0])))].at(0)).toBeNaN();
    expect([...toFloat32(tensorOf('bfloat16', new Uint16Array([0xffff, 0, 0, 0])))].at(0)).toBeNaN();
  });

  it('refuses an expanded view of more elements than memory can take', () => {
    const huge = tensorOf('float32', twelve, { dims: [2 ** 20, 2 ** 20], strides: [0, 0] });
    expect(() => toFloat32(huge)).toThrow(new UserError('a tensor [1048576, 1048576] has 1099511627776 elements; at most 536870912 can be read'));
  });
});
