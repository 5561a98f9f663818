/** B + value I. */
export function addDiagonal(b: Float64Array, size: number, value: number): Float64Array {
  const sum = b.slice();
  for (let i = 0; i < size; i++) sum[i * size + i]! += value;
  return sum;
}

export function trace(b: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += b[i * size + i]!;
  return sum;
}

/** A x. */
export function multiply(a: Float64Array, x: Float64Array, size: number): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += a[i * size + k]! * x[k]!;
    y[i] = sum;
  }
  return y;
}

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

export function normalized(x: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(x, x));
  return x.map((value) => value / norm);
}
