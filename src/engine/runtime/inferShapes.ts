import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../onnx/gen/onnx_pb';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Dimension } from '../onnx/graphBuilder';
import { graphOf, opsetOf, tensorValues, valueNames, withGraph } from '../onnx/graphs';
import { Session } from './session';

/**
 * The shape of every value of a graph as ONNX Runtime infers it while it loads the model: sizes, and the names
 * of sizes that are free. Nothing is run, so that a large network costs no more than its weights. Values whose
 * shape cannot be inferred are left out.
 */
export async function inferShapes(model: ModelProto, name: string): Promise<Map<string, readonly Dimension[]>> {
  const graph = graphOf(model);
  const values = tensorValues(graph);
  // ONNX Runtime says [] of a scalar and of what it knows nothing of alike; the shape of a scalar has the length 0.
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  const shapeOf = new Map(values.map((value) => [value, g.node('Shape', [value], {}, `${value}_shape`)]));
  const output = [...values, ...shapeOf.values()].map((value) => create(ValueInfoProtoSchema, { name: value }));
  const session = await Session.create(withGraph(model, { node: [...graph.node, ...g.nodes], valueInfo: [], output }), name, { optimize: false });
  try {
    const inferred = new Map(session.outputShapes.map(({ name: value, dims }) => [value, dims]));
    const isKnown = (value: string, dims: readonly Dimension[]) => (dims.length > 0 ? dims.every((dim) => dim !== '' && dim !== -1) : inferred.get(shapeOf.get(value)!)?.[0] === 0);
    return new Map(values.flatMap((value) => {
      const dims = inferred.get(value);
      return dims && isKnown(value, dims) ? [[value, dims] as const] : [];
    }));
  } finally {
    await session.release();
  }
}
