import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema } from '../onnx/gen/onnx_pb';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../onnx/graphBuilder';
import { graphOf, opsetOf, valueNames } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { DataType } from '../onnx/tensors';
import type { FloatTensor } from '../tensor';
import { Session } from './session';

/**
 * The shape of every value of a graph for the given inputs, found by running it once with a `Shape` node
 * behind each value: right for every operator, also those whose shapes are computed inside the graph, and
 * without keeping the values themselves in memory.
 */
export async function probeShapes(model: ModelProto, feeds: Readonly<Record<string, FloatTensor>>, name: string): Promise<Shapes> {
  const graph = graphOf(model);
  const values = graph.node.flatMap((node) => node.output).filter((output) => output !== '');
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  const shapeOf = new Map(values.map((value) => [value, g.node('Shape', [value], {}, `${value}_shape`)]));
  const probe = create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, {
      ...graph,
      node: [...graph.node, ...g.nodes],
      output: [...shapeOf.values()].map((output) => valueInfo(output, ['rank_' + output], DataType.INT64)),
    }),
  });
  const session = await Session.create(probe, name, { optimize: false });
  try {
    const results = await session.run(feeds);
    const shapes = new Map<string, readonly number[]>(Object.entries(feeds).map(([input, tensor]) => [input, tensor.dims]));
    for (const [value, output] of shapeOf) shapes.set(value, Array.from(results[output]?.data ?? []));
    return shapes;
  } finally {
    await session.release();
  }
}
