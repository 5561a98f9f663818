import type { GraphProto, NodeProto } from './gen/onnx_pb';
import type { Value } from './graphBuilder';
import { NodeView } from './nodeView';
import { wholeNumbersOf } from './tensors';

/** The constant integers of a graph by name, truth values as 0 and 1: of weights and of Constant nodes. */
export function constantIntegers(graph: GraphProto): Map<Value, readonly number[]> {
  const constants = new Map<Value, readonly number[]>();
  for (const tensor of graph.initializer) {
    const values = wholeNumbersOf(tensor);
    if (values) constants.set(tensor.name, values);
  }
  for (const node of graph.node.filter(({ opType }) => opType === 'Constant')) {
    const values = constantOf(node);
    if (values) constants.set(node.output[0]!, values);
  }
  return constants;
}

function constantOf(node: NodeProto): readonly number[] | undefined {
  const view = new NodeView(node);
  const tensor = node.attribute.find(({ name }) => name === 'value')?.t;
  return (tensor && wholeNumbersOf(tensor)) ?? view.ints('value_ints') ?? (view.has('value_int') ? [view.int('value_int', 0)] : undefined);
}
