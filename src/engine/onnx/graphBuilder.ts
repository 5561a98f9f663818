import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from './gen/onnx_pb';
import type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from './gen/onnx_pb';
import { DataType, floatTensor, intTensor, scalarTensor } from './tensors';

/** The name of a value in a graph. */
export type Value = string;

/** A value, or a number that becomes a float32 constant. */
export type Operand = Value | number;

/** One dimension: a size, or the name of a size that is known at run time only. */
export type Dimension = number | string;

export type AttributeValue = number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] };
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The operator set of the graphs that this project writes. */
export const writtenOpset = 17;

/**
 * The first operator set of each version of the file format (github.com/onnx/onnx, docs/Versioning.md), from version
 * 4 on: before it, constants had to be inputs as well.
 */
const firstOpsets: readonly (readonly [irVersion: number, opset: number])[] = [[4, 1], [5, 10], [6, 11], [7, 12], [8, 15], [9, 19], [10, 21], [11, 23]];

/** Makes an attribute; a plain number or list of numbers is an integer, `{ float }` and `{ floats }` are not. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: Buffer.from(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ('floats' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value.floats] });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** The description of a graph input or output. */
export function valueInfo(name: string, dims: readonly Dimension[], elementType: DataType = DataType.FLOAT): ValueInfoProto {
  const dim = dims.map((d) => ({
    value: typeof d === 'number' ? { case: 'dimValue' as const, value: BigInt(d) } : { case: 'dimParam' as const, value: d },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: elementType, shape: { dim } } } },
  });
}

/**
 * Writes an ONNX graph node by node. Every method that emits a node returns the name of its output, so that
 * expressions nest: `g.mul(2, g.exp(x))`.
 */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly inputs: ValueInfoProto[] = [];
  readonly outputs: ValueInfoProto[] = [];
  private readonly names: Set<string>;
  private readonly shared = new Map<string, Value>();

  /**
   * @param taken names that must not be used again, as when nodes are added to an existing graph
   * @param opset the operator set to write for: some operators take their axes as an attribute in older ones
   */
  constructor(taken: Iterable<string> = [], readonly opset: number = writtenOpset) {
    this.names = new Set(taken);
  }

  /** A name that starts with `hint` and is not in use yet. */
  freshName(hint: string): string {
    let name = hint;
    for (let i = 1; this.names.has(name); i++) name = `${hint}_${i}`;
    this.names.add(name);
    return name;
  }

  input(name: string, dims: readonly Dimension[], elementType: DataType = DataType.FLOAT): Value {
    this.names.add(name);
    this.inputs.push(valueInfo(name, dims, elementType));
    return name;
  }

  /** Declares `value` as a graph output called `name`. */
  output(name: string, value: Value, dims: readonly Dimension[], elementType: DataType = DataType.FLOAT): void {
    if (value !== name) this.emit('Identity', [value], {}, [name]);
    this.names.add(name);
    this.outputs.push(valueInfo(name, dims, elementType));
  }

  /** A float32 weight. The data is kept as a view. */
  weight(hint: string, data: Float32Array, dims: readonly number[]): Value {
    return this.addInitializer(floatTensor(this.freshName(hint), data, dims));
  }

  addInitializer(proto: TensorProto): Value {
    this.names.add(proto.name);
    this.initializers.push(proto);
    return proto.name;
  }

  /** A constant list of integers (a shape, axes); equal lists share one initializer. */
  ints(values: readonly number[]): Value {
    return this.once(`ints_${values.join('_').replaceAll('-', 'm')}`, (name) => intTensor(name, values));
  }

  /** A constant integer scalar, as Gather takes to drop an axis. */
  int(value: number): Value {
    return this.once(`int_${String(value).replace('-', 'm')}`, (name) => intTensor(name, [value], []));
  }

  /** A float32 scalar; equal ones share one initializer. */
  scalar(value: number): Value {
    return this.once(`float_${String(value).replace('-', 'm')}`, (name) => scalarTensor(name, value, DataType.FLOAT));
  }

  /** Emits a node with one output. */
  node(opType: string, inputs: readonly Operand[], attributes: Attributes = {}, hint: string = opType.toLowerCase()): Value {
    const output = this.freshName(hint);
    this.emit(opType, inputs, attributes, [output]);
    return output;
  }

  /** Emits a node whose outputs have the given names. */
  emit(opType: string, inputs: readonly Operand[], attributes: Attributes, outputs: readonly string[]): void {
    this.addNode(create(NodeProtoSchema, {
      opType,
      input: inputs.map((x) => this.value(x)),
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    }));
  }

  addNode(node: NodeProto): void {
    for (const output of node.output) this.names.add(output);
    if (!node.name) node.name = this.freshName(`/${node.output[0] ?? node.opType}`);
    this.nodes.push(node);
  }

  value(operand: Operand): Value {
    return typeof operand === 'number' ? this.scalar(operand) : operand;
  }

  add = (a: Operand, b: Operand): Value => this.node('Add', [a, b]);
  sub = (a: Operand, b: Operand): Value => this.node('Sub', [a, b]);
  mul = (a: Operand, b: Operand): Value => this.node('Mul', [a, b]);
  div = (a: Operand, b: Operand): Value => this.node('Div', [a, b]);
  neg = (x: Operand): Value => this.node('Neg', [x]);
  exp = (x: Operand): Value => this.node('Exp', [x]);
  log = (x: Operand): Value => this.node('Log', [x]);
  sin = (x: Operand): Value => this.node('Sin', [x]);
  cos = (x: Operand): Value => this.node('Cos', [x]);
  sqrt = (x: Operand): Value => this.node('Sqrt', [x]);
  sign = (x: Operand): Value => this.node('Sign', [x]);
  reciprocal = (x: Operand): Value => this.node('Reciprocal', [x]);
  pow = (x: Operand, exponent: Operand): Value => this.node('Pow', [x, exponent]);
  square = (x: Operand): Value => this.node('Mul', [x, x]);
  sigmoid = (x: Operand): Value => this.node('Sigmoid', [x]);
  less = (a: Operand, b: Operand): Value => this.node('Less', [a, b]);
  greater = (a: Operand, b: Operand): Value => this.node('Greater', [a, b]);
  equal = (a: Operand, b: Operand): Value => this.node('Equal', [a, b]);
  and = (a: Value, b: Value): Value => this.node('And', [a, b]);
  where = (condition: Value, a: Operand, b: Operand): Value => this.node('Where', [condition, a, b]);
  matmul = (a: Value, b: Value): Value => this.node('MatMul', [a, b]);
  reshape = (x: Value, dims: readonly number[]): Value => this.node('Reshape', [x, this.ints(dims)]);
  unsqueeze = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : this.withAxes('Unsqueeze', 13, x, axes));
  squeeze = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : this.withAxes('Squeeze', 13, x, axes));
  transpose = (x: Value, perm: readonly number[]): Value => this.node('Transpose', [x], { perm });
  expand = (x: Value, dims: readonly number[]): Value => this.node('Expand', [x, this.ints(dims)]);
  /** The sum over `axes`, kept as axes of length 1. */
  sumOver = (x: Value, axes: readonly number[]): Value => this.withAxes('ReduceSum', 13, x, axes);
  meanOver = (x: Value, axes: readonly number[]): Value => this.withAxes('ReduceMean', 18, x, axes);

  /** The finished model. */
  build(graphName: string): ModelProto {
    return create(ModelProtoSchema, {
      irVersion: BigInt(firstOpsets.findLast(([, first]) => first <= this.opset)![0]),
      producerName: 'resefa',
      opsetImport: [{ domain: '', version: BigInt(this.opset) }],
      graph: create(GraphProtoSchema, {
        name: graphName,
        node: this.nodes,
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs,
      }),
    });
  }

  /** An operator that takes its axes as an attribute before opset `since` and as an input from then on. */
  private withAxes(opType: string, since: number, x: Value, axes: readonly number[]): Value {
    return this.opset < since ? this.node(opType, [x], { axes }) : this.node(opType, [x, this.ints(axes)]);
  }

  private once(key: string, make: (name: string) => TensorProto): Value {
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.freshName(key);
    this.addInitializer(make(name));
    this.shared.set(key, name);
    return name;
  }
}
