import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, NodeProtoSchema, TensorProtoSchema } from './gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './gen/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import { constantTensor, graphOf, opsetOf, valueNames, withGraph } from './graphs';
import { wholeNumbersOf } from './tensors';

/** A model in which some `If` nodes are replaced by the branch that they take. */
export interface DecidedModel {
  readonly model: ModelProto;
  /** How many were replaced. */
  readonly decided: number;
}

/**
 * Replaces every `If` of the graph whose condition is known by the branch that it takes, under fresh names. Exporters write them
 * for axes that may or may not be there, which the shapes decide.
 *
 * @param conditions the conditions that are known, 0 or 1, beside constants of the graph
 */
export function decideBranches(model: ModelProto, conditions: ReadonlyMap<string, readonly number[]>): DecidedModel {
  const graph = graphOf(model);
  if (!graph.node.some(({ opType }) => opType === 'If')) return { model, decided: 0 };
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  const initializer = [...graph.initializer];
  let decided = 0;
  const node = graph.node.flatMap((old) => {
    const branch = takenBranch(graph, old, conditions);
    if (!branch) return [old];
    decided++;
    const { nodes, weights, results } = underFreshNames(branch, g);
    initializer.push(...weights);
    return [...nodes, ...old.output.flatMap((output, i) => (output === '' ? [] : [create(NodeProtoSchema, { opType: 'Identity', input: [results[i]!], output: [output] })]))];
  });
  return decided === 0 ? { model, decided } : { model: withGraph(model, { node, initializer }), decided };
}

function takenBranch(graph: GraphProto, node: NodeProto, conditions: ReadonlyMap<string, readonly number[]>): GraphProto | undefined {
  if (node.opType !== 'If') return undefined;
  const condition = node.input[0] ?? '';
  const constant = constantTensor(graph, condition);
  const known = (conditions.get(condition) ?? (constant && wholeNumbersOf(constant)))?.[0];
  const branch = node.attribute.find(({ name }) => name === (known ? 'then_branch' : 'else_branch'))?.g;
  return known === undefined || branch?.output.length !== node.output.length ? undefined : branch;
}

/** The parts of a branch, whose own values get names that are not in use outside of it. */
function underFreshNames(branch: GraphProto, g: GraphBuilder): { nodes: NodeProto[]; weights: TensorProto[]; results: string[] } {
  const own = [...branch.initializer.map(({ name }) => name), ...branch.node.flatMap(({ output }) => output)].filter((name) => name !== '');
  const names = new Map(own.map((name) => [name, g.freshName(name)]));
  const rename = (name: string) => names.get(name) ?? name;
  return {
    nodes: branch.node.map((node) => create(NodeProtoSchema, { ...renamed(node, rename), name: node.name && g.freshName(node.name) })),
    weights: branch.initializer.map((tensor) => create(TensorProtoSchema, { ...tensor, name: rename(tensor.name) })),
    results: branch.output.map(({ name }) => rename(name)),
  };
}

/** A node with other names for the values that it takes and gives, also in the graphs inside it. */
function renamed(node: NodeProto, rename: (name: string) => string): NodeProto {
  return create(NodeProtoSchema, {
    ...node,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.map((old) => (old.g ? create(AttributeProtoSchema, { ...old, g: renamedGraph(old.g, rename) }) : old)),
  });
}

function renamedGraph(graph: GraphProto, rename: (name: string) => string): GraphProto {
  return { ...graph, node: graph.node.map((node) => renamed(node, rename)), output: graph.output.map((info) => ({ ...info, name: rename(info.name) })) };
}
