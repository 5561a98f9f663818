import { create } from '@bufbuild/protobuf';
import { constantIntegers } from '../onnx/constantIntegers';
import { declaredElementTypes } from '../onnx/elementTypes';
import { NodeProtoSchema } from '../onnx/gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { graphOf, opsetOf, pruneTo, recordedShapes, valueNames, valuesRead, valuesThatFollow, withGraph } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { NodeView } from '../onnx/nodeView';
import { DataType, otherFloats } from '../onnx/tensors';
import { MissingRuleError, UnsupportedNodeError } from './rule';
import type { MissingRule, RuleContext, TangentTerm } from './rule';
import { differentiability, operatorName, refusal, ruleFor } from './ruleTable';

/** What to differentiate. */
export interface ForwardModeOptions {
  /** The graph input to differentiate with respect to. */
  readonly input: Value;
  /** The graph output whose tangents are wanted. */
  readonly output: Value;
  /** The shape of every value of the graph at the batch that will be run (see `probeShapes`). */
  readonly shapes: Shapes;
  /**
   * Values of integer tensors (truth values as 0 and 1) that the graph computes and that are the same for every input of
   * these shapes, found by running it once: axes, pads and sizes that no constant holds.
   */
  readonly integers?: ReadonlyMap<Value, readonly number[]>;
}

/** A model that computes Jacobian-vector products. */
export interface TangentModel {
  /**
   * Takes the inputs of the original and `tangentInput` `[K, ..input shape]`, and gives `tangentOutput`
   * `[K, ..output shape]`: the product of the Jacobian with each of the K tangents. The primal is computed
   * once, whatever K.
   */
  readonly model: ModelProto;
  readonly tangentInput: Value;
  readonly tangentOutput: Value;
}

/**
 * Transforms a network into one that computes Jacobian-vector products (jvp under vmap): for every node that
 * depends on the input, nodes for its tangent are added by the rule of its operator. Weights are shared with
 * the original, not copied, and the original stays as it is.
 *
 * @throws MissingRuleError naming every node that cannot be differentiated.
 */
export function forwardMode(model: ModelProto, { input, output, shapes, integers }: ForwardModeOptions): TangentModel {
  const outputInfo = graphOf(model).output.find((info) => info.name === output);
  if (!outputInfo) throw new Error(`the graph has no output ${output}`);
  const primal = pruneTo(model, [outputInfo]);
  const graph = graphOf(primal);
  const g = new GraphBuilder(valueNames(graph), opsetOf(primal));
  const common = commonContext(primal, shapes, integers);
  const tangentInput = g.input(g.freshName(`${input}_tangent`), ['K', ...common.shape(input)]);
  const tangents = addTangents(graph, g, { ...common, isEmpty: (value) => shapes.get(value)?.includes(0) ?? value === '' }, new Map([[input, tangentInput]]));
  const tangentOutput = tangents.get(output);
  if (tangentOutput === undefined) {
    const follows = valuesThatFollow(graph, [input]).has(output);
    const reason = follows ? `what ${output} takes from ${input} is rounded, compared or counted on its way` : `${output} does not depend on ${input}`;
    throw new MissingRuleError([{ opType: 'graph', node: output, reason }]);
  }
  const whole = withGraph(primal, {
    node: g.nodes,
    initializer: [...graph.initializer, ...g.initializers],
    input: [...graph.input, ...g.inputs],
    valueInfo: [],
  });
  return { model: pruneTo(whole, [valueInfo(tangentOutput, ['K', ...common.shape(output)])]), tangentInput, tangentOutput };
}

/** Emits the nodes of the graph, each followed by those of its outputs' tangents. Returns all tangents by value. */
function addTangents(graph: GraphProto, g: GraphBuilder, { isEmpty, ...common }: CommonContext & { isEmpty: (value: Value) => boolean }, tangents: Map<Value, Value>): ReadonlyMap<Value, Value> {
  const missing: MissingRule[] = [];
  const sums = new Map<Value, readonly TangentTerm[]>();
  const readers = readerCounts(graph);
  const notFloat32 = new Set<Value>();
  for (const proto of graph.node) {
    const position = g.nodes.push(proto) - 1; // as it is: addNode would give the original's nodes names
    // What holds no numbers changes with none.
    if (!valuesRead(proto).some((name) => tangents.has(name)) || proto.output.every(isEmpty)) continue;
    const node = new NodeView(proto);
    try {
      const context: RuleContext = {
        ...common,
        g,
        node,
        inputs: proto.input,
        outputs: proto.output,
        tangents: proto.input.map((name) => tangents.get(name)),
        terms: (index) => (readers.get(proto.input[index]!) === 1 ? sums.get(tangents.get(proto.input[index]!)!) : undefined),
        recordTerms: (tangent, terms) => sums.set(tangent, terms),
        output: (index) => outputOf(g, position, index),
      };
      if (castsTo(otherFloats, node)) notFloat32.add(proto.output[0]!);
      record(tangents, proto, differentiate(context, notFloat32));
    } catch (error) {
      if (!(error instanceof UnsupportedNodeError)) throw error;
      // Its outputs still depend on the input: what follows is looked at too, so that the error names every gap.
      record(tangents, proto, proto.output);
      missing.push({ opType: operatorName(proto), node: node.label, ...(error.message ? { reason: error.message } : {}) });
    }
  }
  if (missing.length > 0) throw new MissingRuleError(missing);
  return tangents;
}

/** How often each value is read, by nodes or as an output of the graph. */
function readerCounts(graph: GraphProto): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  for (const name of [...graph.node.flatMap(valuesRead), ...graph.output.map((info) => info.name)]) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Whether a node casts to one of some types. */
function castsTo(types: readonly DataType[], node: NodeView): boolean {
  return node.opType === 'Cast' && types.includes(node.int('to', DataType.FLOAT));
}

/** The name of output `index` of the node at `position`; a copy with that output takes the node's place where it has none. */
function outputOf(g: GraphBuilder, position: number, index: number): Value {
  const node = g.nodes[position]!;
  if (node.output[index]) return node.output[index];
  const name = g.freshName(`${node.output[0]!}_output${index}`);
  const output = Array.from({ length: Math.max(node.output.length, index + 1) }, (_, i) => (i === index ? name : (node.output[i] ?? '')));
  g.nodes[position] = create(NodeProtoSchema, { ...node, output });
  return name;
}

/** What the rules of all nodes see alike. */
type CommonContext = Pick<RuleContext, 'opset' | 'shape' | 'constantInts' | 'elementType'>;

function commonContext(model: ModelProto, shapes: Shapes, integers: ForwardModeOptions['integers']): CommonContext {
  const graph = graphOf(model);
  const recorded = recordedShapes(graph);
  const constants = constantIntegers(graph);
  const types = declaredElementTypes(graph);
  return {
    opset: opsetOf(model),
    shape: (value) => {
      const dims = shapes.get(value) ?? recorded.get(value);
      if (!dims) throw new Error(`the shape of ${value} is not known`);
      return dims;
    },
    constantInts: (value) => constants.get(value) ?? integers?.get(value),
    elementType: (value) => types.get(value),
  };
}

/** Emits the tangents of one node's outputs. Values of other precisions may only be cast, since rules write float32 constants. */
function differentiate(context: RuleContext, notFloat32: ReadonlySet<Value>): readonly (Value | undefined)[] {
  const { opType, proto: { domain } } = context.node;
  const rule = ruleFor(opType, domain);
  if (!rule) throw new UnsupportedNodeError(refusal(opType, domain) ?? '');
  const isCastOrConstant = opType === 'Cast' || differentiability(opType, domain) === 'constant';
  if (!isCastOrConstant && context.inputs.some((name, i) => notFloat32.has(name) && context.tangents[i] !== undefined)) {
    throw new UnsupportedNodeError('it does not compute in float32');
  }
  return rule(context);
}

function record(tangents: Map<Value, Value>, node: NodeProto, results: readonly (Value | undefined)[]): void {
  node.output.forEach((name, i) => {
    const tangent = results[i];
    if (name !== '' && tangent !== undefined) tangents.set(name, tangent);
  });
}
