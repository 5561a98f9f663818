import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProto_DataLocation, TensorShapeProto_DimensionSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, attribute } from '../../src/engine/onnx/graphBuilder';
import { declaredDims, graphOf, valueNames } from '../../src/engine/onnx/graphs';
import { modelBytes, readModel } from '../../src/engine/onnx/modelFile';
import { integersOf, intTensor } from '../../src/engine/onnx/tensors';
import { sizeOf } from '../../src/engine/tensor';
import type { Dice } from './dice';
import { foreignNodes } from './foreignNodes';
import type { ForeignNode } from './foreignNodes';

type Mutation = (graph: GraphProto, dice: Dice, model: ModelProto) => void;

/** Changes one to four places of an ONNX model: its graph stays one that can be parsed. */
export function mutateOnnx(bytes: Uint8Array, dice: Dice): Uint8Array {
  const model = readModel(new Uint8Array(bytes), 'the original');
  for (let rounds = dice.pick([1, 1, 1, 2, 3, 4]); rounds > 0; rounds--) dice.pick(mutations)(graphOf(model), dice, model);
  return modelBytes(model);
}

const changeInteger: Mutation = (graph, dice) => {
  const [found] = some(attributes(graph).filter(({ i, ints }) => i !== undefined || ints.length > 0), dice);
  if (!found) return;
  if (found.i !== undefined) found.i = dice.integerNear(found.i);
  if (found.ints.length === 0) return;
  const at = dice.below(found.ints.length);
  if (dice.chance(0.2)) found.ints.splice(at, dice.below(2), dice.integer());
  else if (dice.chance(0.3)) found.ints = found.ints.map((value) => (dice.chance(0.5) ? value : BigInt(dice.below(9))));
  else found.ints[at] = dice.integerNear(found.ints[at]!);
};

const changeFloat: Mutation = (graph, dice) => {
  const [found] = some(attributes(graph).filter(({ f, floats }) => f !== undefined || floats.length > 0), dice);
  if (!found) return;
  if (found.f !== undefined) found.f = dice.real();
  if (found.floats.length > 0) found.floats[dice.below(found.floats.length)] = dice.real();
};

const changeText: Mutation = (graph, dice) => {
  const [found] = some(attributes(graph).filter(({ s }) => s !== undefined), dice);
  if (found) found.s = Buffer.from(dice.pick(['nearest', 'linear', 'cubic', 'align_corners', 'tf_crop_and_resize', 'round_prefer_ceil', 'SAME_UPPER', 'VALID', 'reflect', 'edge', 'wrap', 'DCR', 'CRD', 'bijk,bjk->', '']));
};

/** Changes whether a node has an attribute, and what it is called. */
const moveAttribute: Mutation = (graph, dice) => {
  const [node] = some(graph.node.filter((candidate) => candidate.attribute.length > 0), dice);
  const [from] = some(graph.node.filter((candidate) => candidate.attribute.length > 0), dice);
  if (!node || !from) return;
  const at = dice.below(node.attribute.length);
  switch (dice.below(4)) {
    case 0: node.attribute.splice(at, 1); break;
    case 1: node.attribute[at] = create(AttributeProtoSchema, { ...node.attribute[at]!, name: dice.pick(['axis', 'axes', 'perm', 'group', 'pads', 'kernel_shape', 'strides', 'x']) }); break;
    case 2: node.attribute.push(create(AttributeProtoSchema, dice.pick(from.attribute))); break;
    default: node.attribute.push(attribute(dice.pick(['axis', 'group', 'ceil_mode', 'keepdims', 'blocksize', 'allowzero', 'count_include_pad', 'exclude_outside', 'antialias', 'to']), Number(dice.integer() % 1000n)));
  }
};

const changeOperator: Mutation = (graph, dice) => {
  const node = dice.pick(graph.node);
  const names = [...foreignNodes.map(({ opType }) => opType), ...graph.node.map(({ opType }) => opType), 'If', 'Loop', 'NoSuchOperator'];
  node.opType = dice.pick(names);
};

const changeInput: Mutation = (graph, dice) => {
  const node = dice.pick(graph.node);
  const values = [...graph.node.flatMap(({ output }) => output), ...graph.initializer.map(({ name }) => name), ...graph.input.map(({ name }) => name), '', 'nowhere'];
  const at = dice.below(node.input.length + 1);
  switch (dice.below(5)) {
    case 0: node.input.splice(at, 1); break;
    case 1: node.input.splice(at, 0, dice.pick(values)); break;
    case 2: node.input.reverse(); break;
    default: node.input[at] = dice.pick(values);
  }
};

const changeOutput: Mutation = (graph, dice) => {
  const node = dice.pick(graph.node);
  const at = dice.below(node.output.length + 1);
  if (dice.chance(0.3)) node.output.splice(at, 1);
  else node.output[at] = dice.pick([...graph.node.flatMap(({ output }) => output), ...graph.input.map(({ name }) => name), '', 'fresh']);
};

const changeOrder: Mutation = (graph, dice) => {
  const [first, second] = [dice.below(graph.node.length), dice.below(graph.node.length)];
  switch (dice.below(3)) {
    case 0: if (graph.node.length > 1) graph.node.splice(first, 1); break;
    case 1: graph.node.splice(first, 0, create(NodeProtoSchema, graph.node[second])); break;
    default: [graph.node[first], graph.node[second]] = [graph.node[second]!, graph.node[first]!];
  }
};

/** A node reads what is made of its own output. */
const closeCycle: Mutation = (graph, dice) => {
  const early = graph.node[dice.below(graph.node.length)]!;
  const late = graph.node[graph.node.length - 1 - dice.below(Math.min(5, graph.node.length))]!;
  if (early.input.length > 0 && late.output.length > 0) early.input[dice.below(early.input.length)] = late.output[0]!;
};

const changeDims: Mutation = (graph, dice) => {
  const tensor = dice.pick(tensors(graph));
  const at = dice.below(tensor.dims.length + 1);
  switch (dice.below(4)) {
    case 0: tensor.dims.splice(at, 1); break;
    case 1: tensor.dims.splice(at, 0, dice.pick([1n, dice.integer()])); break;
    case 2: tensor.dims.reverse(); break;
    default: tensor.dims[at] = dice.integerNear(tensor.dims[at] ?? 1n);
  }
};

const changeElementType: Mutation = (graph, dice) => {
  dice.pick(tensors(graph)).dataType = dice.chance(0.8) ? dice.below(26) : Number(BigInt.asIntN(32, dice.integer()));
};

/** Integers in a graph are shapes, axes, pads and indices. */
const changeIndex: Mutation = (graph, dice) => {
  const [tensor] = some(tensors(graph).filter((candidate) => (integersOf(candidate)?.length ?? 0) > 0), dice);
  if (!tensor) return;
  const values = integersOf(tensor)!.map(BigInt);
  const at = dice.below(values.length);
  values[at] = dice.integerNear(values[at]!);
  if (dice.chance(0.1)) values.push(dice.integer());
  const raw = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => raw.writeBigInt64LE(value, i * 8));
  Object.assign(tensor, { ...intTensor(tensor.name, []), rawData: raw, dims: tensor.dims.length === 0 ? [] : [BigInt(values.length)] });
};

const changeWeights: Mutation = (graph, dice) => {
  const [tensor] = some(tensors(graph).filter(({ rawData }) => rawData.length >= 4), dice);
  if (!tensor) return;
  const raw = Buffer.from(tensor.rawData);
  for (let count = 1 + dice.below(4); count > 0; count--) raw.writeFloatLE(dice.real(), 4 * dice.below(Math.floor(raw.length / 4)));
  tensor.rawData = raw;
};

/** The numbers of a tensor are too few, too many, elsewhere, or twice. */
const changeData: Mutation = (graph, dice) => {
  const tensor = dice.pick(tensors(graph));
  switch (dice.below(5)) {
    case 0: tensor.rawData = tensor.rawData.subarray(0, dice.below(tensor.rawData.length + 1)); break;
    case 1: tensor.rawData = Buffer.concat([tensor.rawData, Buffer.alloc(1 + dice.below(16))]); break;
    case 2: tensor.floatData = [1, 2, 3]; break;
    case 3: tensor.int64Data = [1n, 2n, 3n]; break;
    default:
      tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
      tensor.externalData = [['location', dice.pick(['weights.bin', '../../../etc/passwd', '/dev/zero', ''])], ['length', String(dice.integer())]].map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key: key!, value: value! }));
  }
};

const removeTensor: Mutation = (graph, dice) => {
  if (graph.initializer.length > 0) graph.initializer.splice(dice.below(graph.initializer.length), 1);
};

const changeVersion: Mutation = (_graph, dice, model) => {
  if (dice.chance(0.3)) model.irVersion = dice.chance(0.5) ? BigInt(dice.below(16)) : dice.integer();
  else for (const entry of model.opsetImport) entry.version = dice.chance(0.8) ? BigInt(1 + dice.below(26)) : dice.integer();
};

const changeInterface: Mutation = (graph, dice) => {
  const info = dice.pick<ValueInfoProto | undefined>([...graph.input, ...graph.output]);
  if (info?.type?.value.case !== 'tensorType') return;
  const tensor = info.type.value.value;
  const dims = tensor.shape?.dim ?? [];
  const at = dice.below(dims.length + 1);
  switch (dice.below(7)) {
    case 0: tensor.elemType = dice.below(18); break;
    case 1: delete tensor.shape; break;
    case 2: dims.splice(at, 1); break;
    case 3: dims.splice(at, 0, create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: 'n' } })); break;
    case 4: info.name = dice.pick(['other', '', ...graph.node.flatMap(({ output }) => output)]); break;
    case 5: (dice.chance(0.5) ? graph.output : graph.input).push(info); break;
    default: dims[at] = create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: dice.chance(0.5) ? BigInt(dice.below(70)) : dice.integer() } });
  }
};

/** What inserted nodes take: eight channels of 4 x 4, made of the latent code. */
const branchDims = [1, 8, 4, 4];

/** Operators whose first input is a value of the network. */
const readers = new Set(['Conv', 'ConvTranspose', 'Gemm', 'Relu', 'LeakyRelu', 'Tanh', 'BatchNormalization', 'InstanceNormalization', 'Clip', 'Sqrt']);

/**
 * A branch of one or two nodes of other kinds from the latent code to a number that is added to a value: it fits
 * wherever it is put, so that what matters is the nodes themselves.
 */
const insertBranch: Mutation = (graph, dice) => {
  const latent = graph.input[0];
  const dims = latent && declaredDims(latent);
  const [reader] = some(graph.node.filter(({ opType }) => readers.has(opType)), dice);
  const value = reader?.input[0];
  if (!latent || !dims || !value) return;
  const unknowns = sizeOf(dims.slice(1).map((dim) => (typeof dim === 'number' && dim > 0 && dim < 4096 ? dim : 1)));
  const g = new GraphBuilder(valueNames(graph));
  const weight = g.weight('branch', Float32Array.from({ length: unknowns * sizeOf(branchDims) }, (_, i) => ((i * 7919) % 13) / 13 - 0.4), [unknowns, sizeOf(branchDims)]);
  let x = g.reshape(g.matmul(g.reshape(latent.name, [-1, unknowns]), weight), branchDims);
  const inserted: NodeProto[] = [];
  for (let count = dice.pick([1, 1, 2]); count > 0; count--) {
    x = foreignNode(g, x, dice.pick(foreignNodes));
    inserted.push(g.nodes.at(-1)!);
  }
  const scratch = create(GraphProtoSchema, { node: inserted, initializer: g.initializers.slice(2) });
  if (dice.chance(0.7) && scratch.initializer.length > 0) dice.pick([changeInteger, changeIndex, changeDims, changeFloat, changeText, moveAttribute, changeWeights, changeElementType])(scratch, dice, create(ModelProtoSchema));
  else if (dice.chance(0.7)) dice.pick([changeInteger, changeInteger, changeFloat, changeText, moveAttribute])(scratch, dice, create(ModelProtoSchema));
  reader.input[0] = g.add(value, g.node('ReduceMean', [x], { keepdims: 0 }));
  const first = graph.node.indexOf(reader);
  graph.node.splice(first, 0, ...g.nodes);
  graph.initializer.push(...g.initializers);
};

function foreignNode(g: GraphBuilder, x: string, { opType, attributes: given = {}, inputs = [] }: ForeignNode): string {
  const others = inputs.map((input) => (input === 'same' ? x : input === '' ? '' : g.addInitializer(input(g.freshName('constant')))));
  return g.node(opType, [x, ...others], given);
}

/** A number of elements, a scale or a pad becomes large, but not absurd. */
const grow: Mutation = (graph, dice) => {
  const large = BigInt(dice.pick([64, 100, 512, 1000, 4096, 10000, 30000, 100000, 1000000]));
  const [list] = some(attributes(graph).filter(({ ints }) => ints.length > 0), dice);
  const [tensor] = some(tensors(graph).filter(({ dataType, rawData, dims }) => dims.length <= 1 && rawData.length >= 4 && rawData.length <= 64 && (dataType === 1 || dataType === 7)), dice);
  if (list && dice.chance(0.4)) list.ints[dice.below(list.ints.length)] = large;
  else if (tensor) {
    const raw = Buffer.from(tensor.rawData);
    if (tensor.dataType === 1) raw.writeFloatLE(Number(large), 4 * dice.below(raw.length / 4));
    else raw.writeBigInt64LE(large, 8 * dice.below(raw.length / 8));
    tensor.rawData = raw;
  }
};

/** Graphs within graphs within a node. */
const nest: Mutation = (graph, dice) => {
  const node = dice.pick(graph.node);
  let inner = create(NodeProtoSchema, { opType: 'Identity', input: [node.input[0] ?? ''], output: ['inner'] });
  for (let depth = dice.pick([1, 3, 12, 100]); depth > 0; depth--) inner = conditional(inner, dice);
  node.attribute.push(...inner.attribute);
  if (dice.chance(0.7)) node.opType = dice.pick(['If', 'Loop', 'Scan']);
};

function conditional(inner: NodeProto, dice: Dice): NodeProto {
  const name = dice.pick(['then_branch', 'else_branch', 'body']);
  const branch = { $typeName: 'onnx.GraphProto' as const, node: [inner], name: 'g', initializer: [], docString: '', input: [], output: [], valueInfo: [] };
  return create(NodeProtoSchema, { opType: 'If', input: ['c'], output: ['o'], attribute: [create(AttributeProtoSchema, { name, type: 5, g: branch })] });
}

const mutations: readonly Mutation[] = [
  changeInteger, changeInteger, changeInteger, changeFloat, changeText, moveAttribute, changeOperator, changeOperator, changeInput, changeInput, changeOutput, changeOrder, closeCycle,
  changeDims, changeDims, changeElementType, changeIndex, changeIndex, changeIndex, changeWeights, changeData, removeTensor, changeVersion, changeInterface, changeInterface, grow, grow, grow, grow,
  ...Array<Mutation>(14).fill(insertBranch), nest,
];

function attributes(graph: GraphProto): AttributeProto[] {
  return graph.node.flatMap((node) => node.attribute);
}

/** The weights of a graph, and its constants. */
function tensors(graph: GraphProto): TensorProto[] {
  return [...graph.initializer, ...attributes(graph).flatMap(({ t }) => t ?? [])];
}

function some<T>(items: readonly T[], dice: Dice): [T?] {
  return items.length === 0 ? [] : [dice.pick(items)];
}
