import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../onnx/gen/onnx_pb';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import type { Dimension } from '../onnx/graphBuilder';
import { graphOf, withGraph } from '../onnx/graphs';
import { Session } from './session';

/**
 * The shape of every value of a graph as ONNX Runtime infers it while it loads the model: sizes, and the names
 * of sizes that are free. Nothing is run, so that a large network costs no more than its weights. Values whose
 * shape cannot be inferred are left out.
 */
export async function inferShapes(model: ModelProto, name: string): Promise<Map<string, readonly Dimension[]>> {
  const values = graphOf(model).node.flatMap((node) => node.output).filter((output) => output !== '');
  const everyValue = withGraph(model, { valueInfo: [], output: values.map((value) => create(ValueInfoProtoSchema, { name: value })) });
  const session = await Session.create(everyValue, name, { optimize: false });
  try {
    return new Map(session.outputShapes.filter(({ dims }) => dims.every((dim) => dim !== '' && dim !== -1)).map(({ name: value, dims }) => [value, dims]));
  } finally {
    await session.release();
  }
}
