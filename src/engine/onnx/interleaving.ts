import type { GraphBuilder, Value } from './graphBuilder';

/**
 * Puts pictures together of which every `factor`-th pixel in each direction stands in a plane of its own: planes
 * `[N, factor x factor, C, H, W]` become `[N, C, factor H, factor W]`. DepthToSpace says the same; ONNX Runtime takes it pixel by
 * pixel and on one core, and these transposes row by row and on all.
 *
 * @param output the name that the result gets; a fresh one where it is left out
 */
export function interleaved(g: GraphBuilder, planes: Value, factor: number, [channels, height, width]: readonly [number, number, number], output: Value = g.freshName('interleaved')): Value {
  const columns = g.transpose(g.reshape(planes, [-1, factor, channels * height * width]), [0, 2, 1]);
  const rows = g.transpose(g.reshape(columns, [-1, factor, channels * height, factor * width]), [0, 2, 1, 3]);
  g.emit('Reshape', [rows, g.ints([-1, channels, factor * height, factor * width])], {}, [output]);
  return output;
}
