import type { GraphProto, ModelProto, NodeProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { graphOf, opsetOf, pruneTo, recordedShapes, valueNames, valuesRead, withGraph } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { NodeView } from '../onnx/nodeView';
import { integersOf } from '../onnx/tensors';
import { MissingRuleError, UnsupportedNodeError } from './rule';
import type { RuleContext, TangentTerm } from './rule';
import { ruleFor } from './ruleTable';

/** What to differentiate. */
export interface ForwardModeOptions {
  /** The graph input to differentiate with respect to. */
  readonly input: Value;
  /** The graph output whose tangents are wanted. */
  readonly output: Value;
  /** The shape of every value of the graph at the batch that will be run (see `probeShapes`). */
  readonly shapes: Shapes;
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
export function forwardMode(model: ModelProto, { input, output, shapes }: ForwardModeOptions): TangentModel {
  const outputInfo = graphOf(model).output.find((info) => info.name === output);
  if (!outputInfo) throw new Error(`the graph has no output ${output}`);
  const primal = pruneTo(model, [outputInfo]);
  const graph = graphOf(primal);
  const g = new GraphBuilder(valueNames(graph), opsetOf(primal));
  const common = commonContext(primal, shapes);
  const tangentInput = g.input(g.freshName(`${input}_tangent`), ['K', ...common.shape(input)]);
  const tangents = addTangents(graph, g, common, new Map([[input, tangentInput]]));
  const tangentOutput = tangents.get(output);
  if (tangentOutput === undefined) throw new MissingRuleError([{ opType: 'graph', node: output, reason: `${output} does not depend on ${input}` }]);
  const whole = withGraph(primal, {
    node: g.nodes,
    initializer: [...graph.initializer, ...g.initializers],
    input: [...graph.input, ...g.inputs],
    valueInfo: [],
  });
  return { model: pruneTo(whole, [valueInfo(tangentOutput, ['K', ...common.shape(output)])]), tangentInput, tangentOutput };
}

/** Emits the nodes of the graph, each followed by those of its outputs' tangents. Returns all tangents by value. */
function addTangents(graph: GraphProto, g: GraphBuilder, common: CommonContext, tangents: Map<Value, Value>): ReadonlyMap<Value, Value> {
  const missing: MissingRuleError['missing'][number][] = [];
  const sums = new Map<Value, readonly TangentTerm[]>();
  const readers = readerCounts(graph);
  for (const proto of graph.node) {
    g.nodes.push(proto); // as it is: addNode would give the original's nodes names
    if (!valuesRead(proto).some((name) => tangents.has(name))) continue;
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
      };
      record(tangents, proto, differentiate(context));
    } catch (error) {
      if (!(error instanceof UnsupportedNodeError)) throw error;
      // Its outputs still depend on the input: what follows is looked at too, so that the error names every gap.
      record(tangents, proto, proto.output);
      missing.push({ opType: proto.opType, node: node.label, ...(error.message ? { reason: error.message } : {}) });
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

/** What the rules of all nodes see alike. */
type CommonContext = Pick<RuleContext, 'opset' | 'shape' | 'constantInts'>;

function commonContext(model: ModelProto, shapes: Shapes): CommonContext {
  const graph = graphOf(model);
  const recorded = recordedShapes(graph);
  const constants = constantIntegers(graph);
  return {
    opset: opsetOf(model),
    shape: (value) => {
      const dims = shapes.get(value) ?? recorded.get(value);
      if (!dims) throw new Error(`the shape of ${value} is not known`);
      return dims;
    },
    constantInts: (value) => constants.get(value),
  };
}

/** Emits the tangents of one node's outputs. */
function differentiate(context: RuleContext): readonly (Value | undefined)[] {
  const rule = ruleFor(context.node.opType, context.node.proto.domain);
  if (!rule) throw new UnsupportedNodeError('');
  return rule(context);
}

function record(tangents: Map<Value, Value>, node: NodeProto, results: readonly (Value | undefined)[]): void {
  node.output.forEach((name, i) => {
    const tangent = results[i];
    if (name !== '' && tangent !== undefined) tangents.set(name, tangent);
  });
}

/** The constant integers of a graph: initializers and Constant nodes. */
function constantIntegers(graph: GraphProto): Map<Value, readonly number[]> {
  const constants = new Map<Value, readonly number[]>();
  for (const tensor of graph.initializer) {
    const values = integersOf(tensor);
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
  return (tensor && integersOf(tensor)) ?? view.ints('value_ints') ?? (view.has('value_int') ? [view.int('value_int', 0)] : undefined);
}
