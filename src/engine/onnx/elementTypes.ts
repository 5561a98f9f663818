import type { GraphProto, NodeProto } from './gen/onnx_pb';
import type { Value } from './graphBuilder';
import { elementTypeOf, isStandard } from './graphs';
import { NodeView } from './nodeView';
import { DataType } from './tensors';

/** Operators whose outputs have one element type whatever they read. */
const fixedTypes: Readonly<Record<string, DataType>> = {
  Less: DataType.BOOL, LessOrEqual: DataType.BOOL, Greater: DataType.BOOL, GreaterOrEqual: DataType.BOOL, Equal: DataType.BOOL,
  And: DataType.BOOL, Or: DataType.BOOL, Xor: DataType.BOOL, Not: DataType.BOOL, IsInf: DataType.BOOL, IsNaN: DataType.BOOL,
  Shape: DataType.INT64, Size: DataType.INT64, ArgMax: DataType.INT64, ArgMin: DataType.INT64, NonZero: DataType.INT64,
};

/** Operators that give elements of their second input. */
const likeSecond = new Set(['Where', 'CastLike']);

/** Operators whose element types are in attributes or in graphs inside them. */
const notLikeFirst = new Set([
  'If', 'Loop', 'Scan', 'Constant', 'ConstantOfShape', 'OneHot', 'EyeLike', 'Bernoulli', 'Multinomial', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike',
  'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger', 'QLinearConv', 'QLinearMatMul', 'HannWindow', 'HammingWindow', 'BlackmanWindow',
]);

/** Operators all of whose outputs are parts of their input. */
const likeFirstThroughout = new Set(['Split']);

/** The element types that a graph tells: of its weights, inputs and outputs, of what it casts, and where it says so of others. */
export function declaredElementTypes(graph: GraphProto): Map<Value, DataType> {
  const types = new Map<Value, DataType>();
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    const type = elementTypeOf(info);
    if (type) types.set(info.name, type);
  }
  for (const { name, dataType } of graph.initializer) types.set(name, dataType);
  for (const node of graph.node) {
    if (node.opType === 'Cast') types.set(node.output[0]!, new NodeView(node).int('to', DataType.FLOAT));
    const tensor = node.opType === 'Constant' ? node.attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (tensor) types.set(node.output[0]!, tensor.dataType);
  }
  return types;
}

/** The same and what follows from it, operator by operator. Values of which nothing certain can be said are left out. */
export function inferredElementTypes(graph: GraphProto): ReadonlyMap<Value, DataType> {
  const types = declaredElementTypes(graph);
  for (const node of graph.node) {
    const type = isStandard(node.domain) ? inferredType(node, types) : undefined;
    const outputs = likeFirstThroughout.has(node.opType) ? node.output : node.output.slice(0, 1);
    if (type !== undefined) for (const output of outputs) if (!types.has(output)) types.set(output, type);
  }
  return types;
}

function inferredType({ opType, input }: NodeProto, types: ReadonlyMap<Value, DataType>): DataType | undefined {
  if (Object.hasOwn(fixedTypes, opType)) return fixedTypes[opType];
  return notLikeFirst.has(opType) ? undefined : types.get(input[likeSecond.has(opType) ? 1 : 0] ?? '');
}
