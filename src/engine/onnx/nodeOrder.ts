import type { ModelProto } from './gen/onnx_pb';
import { graphOf, valuesRead, withGraph } from './graphs';

/**
 * A copy of `model` whose nodes stand in the order of their depth, the longest way from an input or a weight. ONNX
 * Runtime takes the operand that stands last in the file first, with all that it needs. When that is the one with the
 * longest history, tangents are computed along with the values that they need; in the order in which they were
 * written, all values come first, and stay in memory until the last tangent.
 */
export function deepestLast(model: ModelProto): ModelProto {
  const depths = new Map<string, number>();
  const ranked = graphOf(model).node.map((node) => {
    const depth = 1 + valuesRead(node).reduce((deepest, value) => Math.max(deepest, depths.get(value) ?? 0), 0);
    for (const output of node.output) depths.set(output, depth);
    return { node, depth };
  });
  return withGraph(model, { node: ranked.sort((a, b) => a.depth - b.depth).map(({ node }) => node) });
}
