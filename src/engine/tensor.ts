/** The element types that cross the borders of the engine. */
export type ElementType = 'float16' | 'bfloat16' | 'float32' | 'float64' | 'uint8' | 'int8' | 'int16' | 'int32' | 'int64' | 'bool';

/** A dense float32 array in C order. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** The number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Whether two shapes are the same. */
export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Arrays one behind the other along the first axis; the other axes are the same for all. */
export function concatenated(parts: readonly FloatTensor[]): FloatTensor {
  const first = parts[0];
  if (!first) return { data: new Float32Array(0), dims: [0] };
  if (parts.length === 1) return first;
  const data = new Float32Array(parts.reduce((total, part) => total + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { data, dims: [parts.reduce((total, part) => total + part.dims[0]!, 0), ...first.dims.slice(1)] };
}
