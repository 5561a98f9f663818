const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/**
 * The value of an IEEE 754 binary16 number.
 *
 * @param bits - The sixteen bits, 0 to 0xffff.
 * @returns The exact value; subnormals, signed zeros, infinities and NaN included.
 */
export function halfToFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return sign * (1 + fraction * 2 ** -10) * 2 ** (exponent - 15);
}

/**
 * The IEEE 754 binary16 bits of a number, rounded to nearest, ties to even.
 *
 * @param value - Any number; it is taken as float32 first.
 * @returns The sixteen bits; overflow gives an infinity, NaN the quiet NaN 0x7e00 (with the sign bit clear).
 */
export function floatToHalf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return 0x7e00;
  }
  if (magnitude >= 0x47800000) {
    return sign | 0x7c00;
  }
  if (magnitude >= 0x38800000) {
    return sign | roundedShift(magnitude - 0x38000000, 13);
  }
  // Below 2^-25 everything rounds to zero, and so does 2^-25 itself, a tie with the even zero.
  if (magnitude <= 0x33000000) {
    return sign;
  }
  const significand = (magnitude & 0x7fffff) | 0x800000;
  return sign | roundedShift(significand, 126 - (magnitude >>> 23));
}

/** Shifts right by `count` bits and rounds to nearest, ties to even. */
function roundedShift(bits: number, count: number): number {
  const kept = bits >>> count;
  const rest = bits & ((1 << count) - 1);
  const half = 1 << (count - 1);
  const roundsUp = rest > half || (rest === half && (kept & 1) === 1);
  return roundsUp ? kept + 1 : kept;
}
