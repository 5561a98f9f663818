import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema } from './gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './gen/onnx_pb';
import { valueInfo } from './graphBuilder';
import type { Dimension } from './graphBuilder';
import { dimsOf } from './tensors';

/** The shape of each value of a graph, by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export function graphOf(model: ModelProto): GraphProto {
  if (!model.graph) throw new Error('the model has no graph');
  return model.graph;
}

/** The version of the standard operator set that the model was written for. */
export function opsetOf(model: ModelProto): number {
  const standard = model.opsetImport.find((entry) => entry.domain === '' || entry.domain === 'ai.onnx');
  return Number(standard?.version ?? 1);
}

/** Every name that is in use in a graph and in the graphs inside its nodes: a name means one thing in all of them. */
export function valueNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const node of graph.node) {
    for (const name of [node.name, ...node.input, ...node.output]) names.add(name);
    for (const inner of innerGraphs(node)) for (const name of valueNames(inner)) names.add(name);
  }
  for (const { name } of [...graph.initializer, ...graph.input, ...graph.output]) names.add(name);
  return names;
}

/** The values that a node reads: its inputs, and for an If or a Loop what the graphs inside it take from outside. */
export function valuesRead(node: NodeProto): string[] {
  return [...node.input, ...innerGraphs(node).flatMap(valuesTakenFromOutside)].filter((name) => name !== '');
}

function valuesTakenFromOutside(graph: GraphProto): string[] {
  const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap(({ output }) => output)));
  return [...graph.node.flatMap(valuesRead), ...graph.output.map(({ name }) => name)].filter((name) => !own.has(name));
}

function innerGraphs(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
}

/** Inputs that the caller must feed: those that no initializer gives a value. */
export function fedInputs(graph: GraphProto): ValueInfoProto[] {
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  return graph.input.filter((input) => !constants.has(input.name));
}

/** The declared dimensions of a graph input or output; undefined where the file does not say. */
export function declaredDims(info: ValueInfoProto): Dimension[] | undefined {
  if (info.type?.value.case !== 'tensorType') return undefined;
  return info.type.value.value.shape?.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : (d.value.value ?? '')));
}

/** The name of the batch size in the graphs that this project writes. */
export const batchSize = 'N';

/** The shapes that a file records for one sample: of its weights, and of its values where `value_info` has them. */
export function recordedShapes(graph: GraphProto): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(graph.initializer.map((tensor) => [tensor.name, dimsOf(tensor)]));
  for (const info of graph.valueInfo) {
    const dims = declaredDims(info)?.map((dim) => (dim === batchSize ? 1 : dim));
    if (dims?.every((dim) => typeof dim === 'number')) shapes.set(info.name, dims);
  }
  return shapes;
}

/** A copy of `model` that records the shapes of its float32 values in its `value_info`. Weights are shared, not copied. */
export function recordShapes(model: ModelProto, shapes: ReadonlyMap<string, readonly Dimension[]>): ModelProto {
  return withGraph(model, { valueInfo: [...shapes].map(([name, dims]) => valueInfo(name, dims)) });
}

/** A copy of `model` with parts of its graph replaced. Weights are shared, not copied. */
export function withGraph(model: ModelProto, parts: Partial<Omit<GraphProto, '$typeName' | '$unknown'>>): ModelProto {
  return create(ModelProtoSchema, { ...model, graph: create(GraphProtoSchema, { ...graphOf(model), ...parts }) });
}

/**
 * A copy of `model` that computes only the named outputs: nodes and weights that they do not need are left
 * out. Weights are shared, not copied.
 */
export function pruneTo(model: ModelProto, outputs: readonly ValueInfoProto[]): ModelProto {
  const graph = graphOf(model);
  const needed = new Set(outputs.map((output) => output.name));
  const kept: NodeProto[] = [];
  for (const node of [...graph.node].reverse()) {
    if (!node.output.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const value of valuesRead(node)) needed.add(value);
  }
  return withGraph(model, {
    node: kept.reverse(),
    output: [...outputs],
    input: graph.input.filter((input) => needed.has(input.name)),
    initializer: graph.initializer.filter((tensor) => needed.has(tensor.name)),
    valueInfo: graph.valueInfo.filter((info) => needed.has(info.name)),
  });
}
